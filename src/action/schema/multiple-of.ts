/** Whether a number is a multiple of another one, as they are written: 19.99 is one of 0.01, although floating point divides them to 1998.9999999999998. */

export function isMultipleOf(value: number, step: number): boolean {
  if (Number.isSafeInteger(value) && Number.isSafeInteger(step))
    return value % step === 0;
  if (!Number.isFinite(value) || !(step > 0)) return false;
  const [a, b] = [toDecimal(value), toDecimal(step)];
  const digits = Math.max(a.digits, b.digits);
  const scale = ({ integer, digits: own }: Decimal) =>
    integer * 10n ** BigInt(digits - own);
  return scale(a) % scale(b) === 0n;
}

/** `integer / 10 ** digits`; fewer digits than none stand for zeros before the point. */
interface Decimal {
  readonly integer: bigint;
  readonly digits: number;
}

function toDecimal(value: number): Decimal {
  const [mantissa = "", exponent = "0"] = String(value).split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  return {
    integer: BigInt(whole + fraction),
    digits: fraction.length - Number(exponent),
  };
}
