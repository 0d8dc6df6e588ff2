import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withLock } from './lock.ts';

interface Target {
  os: string;
  cpu: string;
  libc?: string;
}

/** What Lambda runs on, whatever architecture the stack is deployed with. */
const lambdaTargets: Target[] = [
  { os: 'linux', cpu: 'arm64', libc: 'glibc' },
  { os: 'linux', cpu: 'x64', libc: 'glibc' },
];

/** The local engine runs functions on this machine's Node, so its binaries are needed as well. */
function hostTarget(): Target {
  const { platform: os, arch: cpu } = process;
  if (os !== 'linux') return { os, cpu };
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return { os, cpu, libc: header.glibcVersionRuntime ? 'glibc' : 'musl' };
}

const label = (target: Target): string => Object.values(target).join('-');

/**
 * A `node_modules` folder holding sharp, what it needs, and its binaries for Lambda and for this machine. Installed from
 * tools/sharp/package-lock.json with npm on first use, then kept in `cache` until that lock file changes.
 */
export async function sharpModules(manifestFolder: string, cache: string): Promise<string> {
  const targets = new Map([...lambdaTargets, hostTarget()].map((target) => [label(target), target]));
  const key = createHash('sha256')
    .update(await readFile(join(manifestFolder, 'package-lock.json')))
    .update([...targets.keys()].join())
    .digest('hex')
    .slice(0, 16);
  const ready = join(cache, key, 'node_modules');
  if (existsSync(ready)) return ready;
  return withLock(join(cache, `${key}.lock`), async () => {
    if (!existsSync(ready)) await install(manifestFolder, [...targets.values()], join(cache, key));
    return ready;
  });
}

async function install(manifestFolder: string, targets: Target[], destination: string): Promise<void> {
  const partial = `${destination}.partial`;
  await rm(partial, { recursive: true, force: true });
  await Promise.all(
    targets.map(async (target) => {
      const folder = join(partial, label(target));
      await mkdir(folder, { recursive: true });
      await cp(manifestFolder, folder, { recursive: true });
      const flags = [`--os=${target.os}`, `--cpu=${target.cpu}`, ...(target.libc ? [`--libc=${target.libc}`] : [])];
      await promisify(execFile)(
        'npm',
        ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...flags],
        {
          cwd: folder,
        },
      );
    }),
  );
  const merged = join(partial, 'node_modules');
  for (const target of targets) {
    await cp(join(partial, label(target), 'node_modules'), merged, {
      recursive: true,
      filter: (source) => !/node_modules\/\.(bin|package-lock\.json)/.test(source),
    });
    await rm(join(partial, label(target)), { recursive: true });
  }
  await rename(partial, destination);
}
