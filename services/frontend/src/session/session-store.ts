import { type IDBPDatabase, openDB } from 'idb';
import * as v from 'valibot';

const Stored = v.object({
  refreshToken: v.string(),
  sub: v.string(),
  email: v.string(),
  groups: v.optional(v.array(v.string()), []),
});

/** What is left of a session when the page is closed. */
export type StoredSession = v.InferOutput<typeof Stored>;

const storeName = 'session';
const key = 'current';
let opening: Promise<IDBPDatabase> | undefined;

function database(): Promise<IDBPDatabase> {
  opening ??= openDB('happy-path-session', 1, {
    upgrade: (db) => {
      db.createObjectStore(storeName);
    },
    terminated: () => {
      opening = undefined;
    },
  }).catch((cause: unknown) => {
    opening = undefined;
    throw cause;
  });
  return opening;
}

/** Where a browser refuses IndexedDB, as some do in private windows, a session lasts as long as its page. */
const quietly = async <T>(work: () => Promise<T>): Promise<T | undefined> => work().catch(() => undefined);

export async function readStoredSession(): Promise<StoredSession | undefined> {
  const found = v.safeParse(Stored, await quietly(async () => (await database()).get(storeName, key)));
  return found.success ? found.output : undefined;
}

export async function writeStoredSession(session: StoredSession): Promise<void> {
  await quietly(async () => (await database()).put(storeName, session, key));
}

export async function clearStoredSession(): Promise<void> {
  await quietly(async () => (await database()).delete(storeName, key));
}
