import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import type { BenchPhoto } from './photos.ts';
import { goal, heading, median, table } from './report.ts';
import type { ways } from './ways.ts';

const runs = 3;
const compared: readonly (keyof typeof ways)[] = ['ours2', 'ours4', 'peer2'];

/** Peak memory in fresh processes, over one that has only loaded sharp and the photo. */
export async function benchMemory(photos: readonly BenchPhoto[], cacheFolder: string) {
  heading(`Memory: peak RSS in MB over the base, median of ${runs} fresh processes`);
  const folder = await mkdtemp(path.join(cacheFolder, 'memory-'));
  try {
    // As JavaScript: stripping types at start would raise the base and hide what comes after.
    const probe = path.join(folder, 'memory-probe.mjs');
    await build({
      entryPoints: [path.join(import.meta.dirname, 'memory-probe.ts')],
      outfile: probe,
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
    });
    const rows = [];
    const baselinePeaks: number[] = [];
    const progressivePeaks: number[] = [];
    for (const { name, data, progressive } of photos) {
      const file = path.join(folder, 'photo.jpg');
      await writeFile(file, data);
      const peak = (...way: string[]) =>
        median(Array.from({ length: runs }, () => Number(execFileSync(process.execPath, [probe, file, ...way]))));
      const base = peak();
      const over = compared.map((way) => peak(way) - base);
      rows.push([name, base.toFixed(0), ...over.map((megabytes) => `+${megabytes.toFixed(0)}`)]);
      (progressive ? progressivePeaks : baselinePeaks).push(...over.slice(0, 2));
    }
    table(['photo', 'base', 'ours 2', 'ours 4', 'peer 2'], rows);
    goal('memory over base', baselinePeaks, 20, ' MB', 0);
    goal('memory over base, progressive', progressivePeaks, 80, ' MB', 0);
  } finally {
    await rm(folder, { recursive: true });
  }
}
