import { setTimeout as sleep } from 'node:timers/promises';

/** Cuts a list into lists of at most `size`, in its order. */
export function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, n) => items.slice(n * size, (n + 1) * size));
}

/** Waits before another attempt: twice as long each time, a random part of it, so that many do not come back at once. */
export const pause = (attempt: number): Promise<void> => sleep(Math.random() * 50 * 2 ** attempt);

/** An entry of a batch that was refused, as SNS, Kinesis and others answer: the call itself has succeeded. */
export interface Refusal<Entry> {
  readonly entry: Entry;
  readonly error: Error;
}

/**
 * Sends lists of entries so that the entries of each list arrive in their order: a call takes at most one of each list, and
 * what comes after an entry waits until that is taken. In one call with its successor it could fail and be overtaken.
 *
 * @param send one call; what it refuses is given to it again, up to `attempts` times
 * @returns for each list that could not be sent whole, its key and why. What came before the entry that failed is sent
 */
export async function sendInOrder<Entry extends object>(
  lists: ReadonlyMap<string, readonly Entry[]>,
  send: (entries: readonly Entry[]) => Promise<readonly Refusal<Entry>[]>,
  { callSize, attempts }: { readonly callSize: number; readonly attempts: number },
): Promise<ReadonlyMap<string, unknown>> {
  const failed = new Map<string, unknown>();
  for (let turn = 0; ; turn += 1) {
    const next = [...lists].flatMap(([key, list]) => {
      const entry = list[turn];
      return entry === undefined || failed.has(key) ? [] : [{ key, entry }];
    });
    if (next.length === 0) return failed;
    const keys = new Map(next.map(({ key, entry }) => [entry, key]));
    const calls = chunks([...keys.keys()], callSize).map(async (entries) => {
      for (const { entry, error } of await insist(entries, send, attempts)) failed.set(keys.get(entry) ?? '', error);
    });
    await Promise.all(calls);
  }
}

async function insist<Entry>(
  entries: readonly Entry[],
  send: (entries: readonly Entry[]) => Promise<readonly Refusal<Entry>[]>,
  attempts: number,
): Promise<readonly { readonly entry: Entry; readonly error: unknown }[]> {
  let waiting = entries;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const refused = await send(waiting);
      if (refused.length === 0 || attempt === attempts) return refused;
      waiting = refused.map(({ entry }) => entry);
    } catch (error) {
      // The SDK has tried this again already.
      return waiting.map((entry) => ({ entry, error }));
    }
    await pause(attempt);
  }
}
