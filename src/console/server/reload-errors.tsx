/** Why files of actions could not be loaded: what was loaded before is still served. */

export function ReloadErrors({ errors }: { errors: readonly unknown[] }) {
  if (errors.length === 0) return null;
  return (
    <div class="notice notice-bad" role="alert">
      <strong>Some action files could not be loaded.</strong>
      <ul>
        {errors.map((error, index) => (
          <li key={index} class="mono small source">
            {toText(error)}
          </li>
        ))}
      </ul>
    </div>
  );
}

function toText(error: unknown): string {
  if (typeof error === "string") return error;
  const { file, message } = (error ?? {}) as {
    file?: unknown;
    message?: unknown;
  };
  if (typeof message !== "string") return JSON.stringify(error);
  return typeof file === "string" ? `${file}: ${message}` : message;
}
