/** Changes texts, and keeps those that lead a parser somewhere new. */
import { between, pick, type Random } from "../../chaos/random.ts";
import { isRefusal, type Parser } from "./parsers.ts";

const PIECES = [
  ...Array.from(
    "\"\\,;:=%/.*-_ \t\n\r\0{}[]()<>@#?&+~|'`$^!09aAzZéﬀ😀\u{FEFF}",
  ),
  '="',
  '\\"',
  "://",
  "..",
  "::",
  "1e999",
  "-0",
  "\u0000",
  "NaN",
  "Infinity",
  "9".repeat(30),
  "a".repeat(300),
];

function change(text: string, random: Random): string {
  const at = between(random, 0, text.length);
  const end = Math.min(text.length, at + between(random, 0, 4));
  switch (between(random, 0, 5)) {
    case 0:
      return text.slice(0, at) + text.slice(end);
    case 1:
      return (
        text.slice(0, at) + text.slice(at, end).repeat(3) + text.slice(end)
      );
    case 2:
      return text.slice(0, at) + pick(random, PIECES) + text.slice(end);
    case 3:
      return text.slice(at) + text.slice(0, at);
    case 4:
      return text.slice(0, at) + text.slice(at).toUpperCase();
    default:
      return text.slice(0, at) + pick(random, PIECES) + text.slice(at);
  }
}

export interface Fault {
  readonly text: string;
  readonly error: unknown;
}

/**
 * Hands `count` texts to a parser. What comes out differently from anything before is changed further.
 *
 * @returns the texts for which it threw what is no refusal, or took longer than `maxMs` each time
 */
export function fuzz(
  { parse, samples }: Parser,
  options: { random: Random; count: number; maxMs: number },
): { faults: Fault[] } {
  const { random, count, maxMs } = options;
  const faults: Fault[] = [];
  const seen = new Set<string>();
  const texts = [...samples, ""];
  const look = (text: string) => {
    let outcome: string;
    const startedAt = performance.now();
    try {
      outcome = describe(parse(text));
    } catch (error) {
      if (!isRefusal(error)) faults.push({ text, error });
      outcome = describe((error as Error).message);
    }
    if (performance.now() - startedAt > maxMs && isSlow(parse, text, maxMs))
      faults.push({ text, error: new Error("It takes too long.") });
    if (seen.has(outcome)) return;
    seen.add(outcome);
    texts.push(text);
  };
  for (const sample of texts.slice()) look(sample);
  for (let number = 0; number < count; number += 1) {
    let text = pick(random, texts);
    for (let times = between(random, 1, 4); times > 0; times -= 1)
      text = change(text, random);
    look(text.slice(0, 2000));
  }
  return { faults };
}

/** A busy machine makes anything slow once. */
function isSlow(parse: Parser["parse"], text: string, maxMs: number): boolean {
  for (let time = 0; time < 5; time += 1) {
    const startedAt = performance.now();
    try {
      parse(text);
    } catch {
      // How long that takes is what counts.
    }
    if (performance.now() - startedAt <= maxMs) return false;
  }
  return true;
}

/** What kind of outcome it is: texts and numbers in it are left out. */
function describe(outcome: unknown): string {
  const text = JSON.stringify([outcome], (_, value: unknown) =>
    typeof value === "number" ? "-0+".charAt(Math.sign(value) + 1) : value,
  );
  return text
    .replaceAll(/\\"(?:[^\\]|\\.)*?\\"/g, "“”")
    .replaceAll(/\d+/g, "0")
    .slice(0, 200);
}
