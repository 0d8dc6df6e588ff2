// @vitest-environment node
import { beforeEach, expect, test, vi } from 'vitest';
import { idbUploadStorage } from '../../../src/uploads/idb-upload-storage.ts';
import type { UploadItem } from '../../../src/uploads/upload-item.ts';

const day = 24 * 3600_000;
let now = 0;
let names = 0;
let name: string;

const open = () => idbUploadStorage(() => now, name);
const item = (id: string, patch: Partial<UploadItem> = {}): UploadItem => ({
  id,
  owner: 'ana',
  placeId: 'place',
  fileName: `${id}.jpg`,
  bytes: 5,
  addedAtMs: now,
  attempts: 0,
  state: 'waiting',
  ...patch,
});
const file = () => new Blob(['bytes']);

beforeEach(() => {
  name = `uploads-${names++}`;
  now = 100 * day;
  vi.unstubAllGlobals();
});

test('keeps items and their files over a reload, oldest first, for their owner only', async () => {
  const before = open();
  await before.add(item('b', { addedAtMs: 2 + now }), file());
  await before.add(item('a'), file());
  await before.add(item('c', { owner: 'berta' }), file());
  const after = open();
  expect((await after.items('ana')).map(({ id }) => id)).toEqual(['a', 'b']);
  expect(await (await after.file('a'))?.text()).toBe('bytes');
  expect(await after.items('nobody')).toEqual([]);
});

test('saves states, and removes files and items', async () => {
  const storage = open();
  await storage.add(item('a'), file());
  await storage.save(item('a', { state: 'sent', photoId: 'photo' }));
  await storage.removeFile('a');
  expect(await open().items('ana')).toMatchObject([{ state: 'sent', photoId: 'photo' }]);
  expect(await open().file('a')).toBeUndefined();
  await storage.remove('a');
  expect(await open().items('ana')).toEqual([]);
});

test('counts what waits to be sent, whoever it is of', async () => {
  const storage = open();
  await storage.add(item('a'), file());
  await storage.add(item('b', { owner: 'berta', state: 'sending' }), file());
  await storage.add(item('c', { state: 'sent' }), file());
  await storage.add(item('d', { state: 'refused' }), undefined);
  expect(await storage.countOpen()).toBe(2);
});

test('forgets after a week what nobody came back for', async () => {
  await open().add(item('old'), file());
  now += 3 * day;
  await open().add(item('new'), file());
  now += 5 * day;
  const storage = open();
  expect((await storage.items('ana')).map(({ id }) => id)).toEqual(['new']);
  expect(await storage.file('old')).toBeUndefined();
});

test('leaves nothing of an account that is gone, whatever comes late', async () => {
  const storage = open();
  await storage.add(item('a'), file());
  await storage.add(item('b', { state: 'cancelled', photoId: 'photo' }), undefined);
  await storage.add(item('c', { owner: 'berta' }), file());
  await open().forget('ana');
  await storage.save(item('a', { state: 'sending' }));
  expect(await open().items('ana')).toEqual([]);
  expect(await open().file('a')).toBeUndefined();
  expect(await (await open().file('c'))?.text()).toBe('bytes');
});

test('leaves no photo of whoever used the device before, only what must still be taken back', async () => {
  const storage = open();
  await storage.add(item('a'), file());
  await storage.add(item('b', { state: 'cancelled', photoId: 'photo' }), undefined);
  await storage.add(item('c', { owner: 'berta' }), file());
  await storage.forgetOthers('berta');
  expect((await open().items('ana')).map(({ id }) => id)).toEqual(['b']);
  expect(await open().file('a')).toBeUndefined();
  expect(await (await open().file('c'))?.text()).toBe('bytes');
});

test('keeps everything in memory where the browser stores nothing', async () => {
  vi.stubGlobal('indexedDB', {
    open: () => {
      throw new DOMException('Denied', 'SecurityError');
    },
  });
  const storage = open();
  await storage.add(item('a'), file());
  await storage.save(item('a', { state: 'sending' }));
  expect(await storage.items('ana')).toMatchObject([{ state: 'sending' }]);
  expect(await (await storage.file('a'))?.text()).toBe('bytes');
  expect(await storage.countOpen()).toBe(1);
  await storage.removeFile('a');
  await storage.remove('a');
  expect(await storage.items('ana')).toEqual([]);
  await storage.add(item('b'), file());
  await storage.forget('ana');
  expect(await storage.items('ana')).toEqual([]);
});

test('does not take a file for gone because it cannot be read just now', async () => {
  await open().add(item('a'), file());
  const storage = open();
  vi.stubGlobal('indexedDB', {
    open: () => {
      throw new DOMException('Connection lost', 'UnknownError');
    },
  });
  await expect(storage.file('a')).rejects.toThrow('Connection lost');
  vi.unstubAllGlobals();
  expect(await (await storage.file('a'))?.text()).toBe('bytes');
});
