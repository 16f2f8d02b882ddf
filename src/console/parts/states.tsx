/** What is shown where there is nothing, nothing yet, or an error instead. */
import type { ComponentChildren } from "preact";
import { askForKey } from "../api/key.ts";
import { Problem } from "../api/request.ts";
import { Icon, type IconName } from "./icon.tsx";

export function Empty(props: {
  icon: IconName;
  title: string;
  children?: ComponentChildren;
}) {
  return (
    <div class="state">
      <span class="state-icon">
        <Icon name={props.icon} />
      </span>
      <p class="state-title">{props.title}</p>
      {props.children !== undefined && (
        <div class="state-text">{props.children}</div>
      )}
    </div>
  );
}

/** Lines that stand for what is being loaded, in about its size. */
export function Loading({ rows = 4 }: { rows?: number }) {
  return (
    <div class="loading" role="status">
      <span class="visually-hidden">Loading …</span>
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} class="loading-row" aria-hidden="true" />
      ))}
    </div>
  );
}

export function Failure(props: { error: unknown; onRetry?: () => void }) {
  const { error, onRetry } = props;
  const isKeyless = error instanceof Problem && error.status === 401;
  const isRefused = error instanceof Problem && error.status === 403;
  return (
    <div class="state state-bad" role="alert">
      <span class="state-icon">
        <Icon name={isRefused || isKeyless ? "key" : "alert"} />
      </span>
      <p class="state-title">{toTitle(error)}</p>
      <p class="state-text">{toMessage(error)}</p>
      {isKeyless ? (
        <button type="button" class="button" onClick={askForKey}>
          Enter a key
        </button>
      ) : (
        onRetry !== undefined && (
          <button type="button" class="button" onClick={onRetry}>
            Try again
          </button>
        )
      )}
    </div>
  );
}

export function toMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function toTitle(error: unknown): string {
  if (!(error instanceof Problem)) return "Something went wrong";
  if (error.status === 0) return "No connection";
  if (error.status === 401) return "An API key is needed";
  if (error.status === 403) return "Your key does not allow this";
  if (error.status === 404) return "Not found";
  return error.body.title ?? "Something went wrong";
}
