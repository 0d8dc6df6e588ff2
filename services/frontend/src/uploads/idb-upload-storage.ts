import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import { isFinal, type UploadItem } from './upload-item.ts';
import type { UploadStorage } from './upload-ports.ts';

interface Schema extends DBSchema {
  items: { key: string; value: UploadItem; indexes: { owner: string } };
  /** Beside the items, so that a change of state does not write megabytes. */
  files: { key: string; value: Blob };
}

/** Nobody comes back for these; a shared device should not hold photos for ever. */
const keepMs = 7 * 24 * 3600_000;

/**
 * Keeps the queue in IndexedDB. Where a browser refuses that (private windows, a full disk), items live in memory, for as
 * long as the page does.
 */
export function idbUploadStorage(now: () => number, name = 'happy-path-uploads'): UploadStorage {
  const items = new Map<string, UploadItem>();
  const files = new Map<string, Blob>();
  let opening: Promise<IDBPDatabase<Schema>> | undefined;

  function database(): Promise<IDBPDatabase<Schema>> {
    opening ??= open(name, now, () => {
      opening = undefined;
    }).catch((cause: unknown) => {
      opening = undefined;
      throw cause;
    });
    return opening;
  }

  async function ask<Answer>(question: (db: IDBPDatabase<Schema>) => Promise<Answer>, otherwise: Answer) {
    try {
      return await question(await database());
    } catch {
      return otherwise;
    }
  }

  async function forgetAll(isForgotten: (item: UploadItem) => boolean): Promise<void> {
    for (const item of items.values()) {
      if (!isForgotten(item)) continue;
      items.delete(item.id);
      files.delete(item.id);
    }
    await ask((db) => removeWhere(db, isForgotten), undefined);
  }

  return {
    async items(owner) {
      const stored = await ask((db) => db.getAllFromIndex('items', 'owner', owner), []);
      const inMemory = [...items.values()].filter((item) => item.owner === owner);
      return [...stored, ...inMemory].toSorted((a, b) => a.addedAtMs - b.addedAtMs);
    },
    async countOpen() {
      const stored = await ask((db) => db.getAll('items'), []);
      return [...stored, ...items.values()].filter((item) => !isFinal(item) && item.state !== 'sent').length;
    },
    async add(item, file) {
      try {
        const db = await database();
        const change = db.transaction(['items', 'files'], 'readwrite');
        await Promise.all([
          change.objectStore('items').put(item),
          ...(file ? [change.objectStore('files').put(file, item.id)] : []),
          change.done,
        ]);
      } catch {
        items.set(item.id, item);
        if (file) files.set(item.id, file);
      }
    },
    async save(item) {
      if (items.has(item.id)) {
        items.set(item.id, item);
        return;
      }
      try {
        const change = (await database()).transaction('items', 'readwrite');
        // Forgotten in another tab while this one was at work on it.
        if ((await change.store.getKey(item.id)) !== undefined) await change.store.put(item);
        await change.done;
      } catch {
        // What is stored of it is older: after a reload, its first question to the server corrects that.
      }
    },
    file: async (id) => files.get(id) ?? (await (await database()).get('files', id)),
    async removeFile(id) {
      files.delete(id);
      await ask((db) => db.delete('files', id), undefined);
    },
    async remove(id) {
      items.delete(id);
      files.delete(id);
      await ask(async (db) => {
        const change = db.transaction(['items', 'files'], 'readwrite');
        await Promise.all([
          change.objectStore('items').delete(id),
          change.objectStore('files').delete(id),
          change.done,
        ]);
      }, undefined);
    },
    forget: (owner) => forgetAll((item) => item.owner === owner),
    forgetOthers: (owner) => forgetAll((item) => item.owner !== owner && item.state !== 'cancelled'),
  };
}

async function removeWhere(db: IDBPDatabase<Schema>, isRemoved: (item: UploadItem) => boolean): Promise<void> {
  const change = db.transaction(['items', 'files'], 'readwrite');
  for (const item of await change.objectStore('items').getAll()) {
    if (!isRemoved(item)) continue;
    await change.objectStore('items').delete(item.id);
    await change.objectStore('files').delete(item.id);
  }
  await change.done;
}

async function open(name: string, now: () => number, onGone: () => void): Promise<IDBPDatabase<Schema>> {
  const db = await openDB<Schema>(name, 1, {
    upgrade(db) {
      db.createObjectStore('items', { keyPath: 'id' }).createIndex('owner', 'owner');
      db.createObjectStore('files');
    },
    // A later version of the page wants to upgrade.
    blocking: (_current, _blocked, event) => {
      (event.target as IDBDatabase).close();
      onGone();
    },
    terminated: onGone,
  });
  await removeWhere(db, (item) => item.addedAtMs + keepMs <= now());
  return db;
}
