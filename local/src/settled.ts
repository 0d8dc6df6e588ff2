/** Waits for all, also when one fails: a tool that is still running would write into the next attempt. */
export async function allSettled<T>(work: Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
