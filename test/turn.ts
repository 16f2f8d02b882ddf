/** Resolves after whatever the event loop has to do now. */
export async function turn(): Promise<void> {
  for (let count = 0; count < 3; count += 1)
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
}
