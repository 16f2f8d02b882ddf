/** How many places there are, and how many are taken. */

const NEARLY_FULL = 0.8;

export function Slots(props: {
  title: string;
  count: number;
  most: number | null;
}) {
  const { title, count, most } = props;
  const share = most === null || most === 0 ? 0 : Math.min(1, count / most);
  return (
    <section class="card gauge">
      <h2 class="gauge-title">{title}</h2>
      <p class="gauge-number">
        {count.toLocaleString("en")}
        {most !== null && (
          <span class="muted"> of {most.toLocaleString("en")}</span>
        )}
      </p>
      <div class="gauge-bar" aria-hidden="true">
        <span
          class={share >= NEARLY_FULL ? "gauge-full" : ""}
          style={{ width: `${100 * share}%` }}
        />
      </div>
    </section>
  );
}
