/** Shows a result: as it is for programs, with line ends and indents for people. */

/** @param json the result as JSON text */
export function showResult(
  json: string,
  isTerminal: boolean = process.stdout.isTTY,
): string {
  if (!isTerminal) return `${json}\n`;
  return `${JSON.stringify(JSON.parse(json) as unknown, null, 2)}\n`;
}
