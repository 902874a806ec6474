/** Waits for something that becomes true by itself; a test that waits in vain says for what. */
export async function until<T>(what: string, look: () => T | undefined | false, milliseconds = 60_000): Promise<T> {
  for (const end = Date.now() + milliseconds; ;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`${what} did not come within ${milliseconds} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
