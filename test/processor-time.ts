/** How long something takes of the processor: unlike the clock, the same while the machine is busy with other things. */

/** @returns milliseconds that this process has used, with all its threads */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
