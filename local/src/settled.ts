/** Waits for all, also when one fails: a tool that is still running would write into the next attempt. */
export async function allSettled<T>(work: Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

/** How one piece of work ended; `reason` is given where it failed. */
export type Settled<T> =
  | { status: 'fulfilled'; value: T; reason?: undefined }
  | { status: 'rejected'; value?: undefined; reason: unknown };

/** Works on all items, ten at a time, whatever becomes of the others; `tell` hears how many were begun. */
export async function settledInBatches<Item, T>(
  items: readonly Item[],
  work: (item: Item) => Promise<T>,
  tell: (begun: number) => void,
): Promise<Settled<T>[]> {
  const results: Settled<T>[] = [];
  for (let start = 0; start < items.length; start += atOnce) {
    tell(start);
    results.push(...(await Promise.allSettled(items.slice(start, start + atOnce).map(work))));
  }
  return results;
}

const atOnce = 10;
