import { expect, jest, test } from "bun:test";
import { hide, jsonWithoutHidden, withoutHidden } from "../src/hidden.ts";

const SECRET = 'pa/ss"wörd+1';

test("a hidden value is not shown however it is spelled", () => {
  using _ = hide([SECRET]);
  const spellings = [
    SECRET,
    JSON.stringify({ SECRET }),
    encodeURIComponent(SECRET),
    ...["", "u", "us", "use"].map((before) =>
      Buffer.from(`${before}:${SECRET}:rest`).toString("base64"),
    ),
  ];
  for (const spelling of spellings) {
    const shown = withoutHidden(`before ${spelling} after`);
    expect(shown).toContain("[redacted]");
    expect(shown).toStartWith("before ");
    expect(shown).toEndWith(" after");
    expect(Buffer.from(shown, "base64").toString()).not.toContain("wörd");
  }
});

test("each line of a hidden text is hidden, and the longer of two values first", () => {
  using _ = hide(["first line\nsecond line", "line", "no"]);
  expect(withoutHidden("second line; a line; no")).toBe(
    "[redacted]; a [redacted]; no",
  );
});

test("of two values that overlap nothing is shown", () => {
  using _ = hide(["abcdef", "defghi", "xyzw", "xyzwvu"]);
  expect(withoutHidden("-abcdefghi-xyzwvu-xyz")).toBe(
    "-[redacted]-[redacted]-xyz",
  );
});

test("JSON keeps its form when texts in it are hidden", () => {
  using _ = hide(["1234"]);
  const value = { texts: ["a 1234", 1234], none: null };
  expect(jsonWithoutHidden(value)).toEqual({
    texts: ["a [redacted]", 1234],
    none: null,
  });
});

test("a value is shown again some seconds after nobody hides it any more", () => {
  jest.useFakeTimers();
  try {
    const [one, other] = [hide(["abcd"]), hide(["abcd"])];
    one[Symbol.dispose]();
    jest.advanceTimersByTime(20_000);
    expect(withoutHidden("abcd")).toBe("[redacted]");
    other[Symbol.dispose]();
    jest.advanceTimersByTime(4000);
    expect(withoutHidden("abcd")).toBe("[redacted]");
    jest.advanceTimersByTime(2000);
    expect(withoutHidden("abcd")).toBe("abcd");
  } finally {
    jest.useRealTimers();
  }
});
