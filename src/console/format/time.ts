/** Moments and durations as people read them. */

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** @param ms negative when it lies ahead */
export function toRelative(ms: number): string {
  const isAhead = ms < -500;
  const seconds = Math.abs(ms) / 1000;
  if (seconds < 5) return isAhead ? "in a moment" : "just now";
  const text = toRough(seconds);
  return isAhead ? `in ${text}` : `${text} ago`;
}

function toRough(seconds: number): string {
  if (seconds < MINUTE) return `${Math.round(seconds)} s`;
  if (seconds < HOUR) return `${Math.round(seconds / MINUTE)} min`;
  if (seconds < DAY) return `${Math.round(seconds / HOUR)} h`;
  const days = Math.round(seconds / DAY);
  return days === 1 ? "1 day" : `${days} days`;
}

/** `3 ms`, `1.24 s`, `2 min 5 s`, `1 h 4 min`. */
export function toDuration(ms: number): string {
  if (ms < 0.05) return "0 ms";
  if (ms < 1) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < MINUTE) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < HOUR) return join(whole, MINUTE, "min", "s");
  if (whole < DAY) return join(Math.round(whole / MINUTE), MINUTE, "h", "min");
  return join(Math.round(whole / HOUR), 24, "d", "h");
}

function join(count: number, per: number, big: string, small: string): string {
  const rest = count % per;
  const whole = `${Math.floor(count / per)} ${big}`;
  return rest === 0 ? whole : `${whole} ${rest} ${small}`;
}

/** With date and zone, for the page of one thing. */
export function toAbsolute(time: string): string {
  return new Date(time).toLocaleString(undefined, {
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
    timeZoneName: "short",
  });
}

/** `14:03:07.250`, for lines of a log. */
export function toClock(time: string): string {
  const date = new Date(time);
  const two = (value: number) => String(value).padStart(2, "0");
  const ms = String(date.getMilliseconds()).padStart(3, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`;
}

/** `14:03`. */
export function toHourMinute(time: string): string {
  return toClock(time).slice(0, 5);
}
