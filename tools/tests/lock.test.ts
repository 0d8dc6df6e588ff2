import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withLock } from '../lock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'happy-path-lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('lets one in at a time', async () => {
  let inside = 0;
  let most = 0;
  const work = async () => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise(setImmediate);
    inside -= 1;
  };
  await Promise.all([1, 2, 3].map(() => withLock(join(folder, 'lock'), work)));
  expect(most).toBe(1);
});

it('is free again after a failure, which is passed on', async () => {
  const lock = join(folder, 'lock');
  await expect(withLock(lock, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(existsSync(lock)).toBe(false);
});

it('takes over the lock of a process that is gone', async () => {
  const lock = join(folder, 'lock');
  await mkdir(lock);
  await writeFile(join(lock, 'pid'), String(2 ** 22 + 1));
  expect(await withLock(lock, async () => 'done')).toBe('done');
});

it('tells whom it waits for', async () => {
  const lock = join(folder, 'lock');
  const first = Promise.withResolvers<void>();
  const waitedFor = Promise.withResolvers<number>();
  const holding = withLock(lock, () => first.promise);
  const waiting = withLock(lock, async () => 'mine', waitedFor.resolve);
  expect(await waitedFor.promise).toBe(process.pid);
  first.resolve();
  expect(await waiting).toBe('mine');
  await holding;
});
