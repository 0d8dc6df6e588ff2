import { statfs } from 'node:fs/promises';
import { Failure } from './failure.ts';

/** What a first `make up` takes: 0.5 GB of packages besides npm's, 0.3 GB of builds, 0.2 GB of state. And something to spare. */
const minFreeBytes = 1.5 * 1024 ** 3;
const mebibytes = (bytes: number): number => Math.round(bytes / 1024 ** 2);

/** @throws Failure when there is no room for packages, builds and state */
export async function requireFreeSpace(folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= minFreeBytes) return;
  throw new Failure(
    `Only ${mebibytes(bavail * bsize)} MiB of disk are free; ${mebibytes(minFreeBytes)} MiB are needed.`,
    {
      advice: 'Free some space; `make clean` erases the state of the local engine, and .cache/ may go too.',
    },
  );
}
