/** Runs Bun's own commands with this executable, which contains Bun: https://bun.com/docs/bundler/executables */

const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/**
 * Runs a command of Bun on the terminal of this process, and waits for its end.
 *
 * @returns its exit code; 128 and the number of the signal if a signal ended it, as shells say it
 */
export async function runBun(
  argv: readonly string[],
  {
    cwd,
    environment,
  }: {
    cwd: string;
    environment: Readonly<Record<string, string | undefined>>;
  },
): Promise<number> {
  const child = Bun.spawn([process.execPath, ...argv], {
    cwd,
    env: { ...environment, BUN_BE_BUN: "1" },
    stdio: ["inherit", "inherit", "inherit"],
  });
  const forward = (signal: NodeJS.Signals) => {
    child.kill(signal);
  };
  // A terminal sends this signal to the child as well, which decides what it means.
  const ignore = () => undefined;
  process.on("SIGTERM", forward).on("SIGHUP", forward).on("SIGINT", ignore);
  try {
    const code = await child.exited;
    const { signalCode } = child;
    if (signalCode === null) return code;
    return 128 + (SIGNAL_NUMBERS[signalCode as "SIGINT"] ?? 0);
  } finally {
    process
      .off("SIGTERM", forward)
      .off("SIGHUP", forward)
      .off("SIGINT", ignore);
  }
}
