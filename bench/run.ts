/**
 * `make bench`: prints how fast, small and good things are against their peers. It never fails by a figure.
 * `node bench/run.ts memory bundles` runs these sections alone.
 */
import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { benchBundles } from './bundles.ts';
import { benchChanges } from './changes.ts';
import { benchDimensions } from './dimensions.ts';
import { benchMemory } from './memory.ts';
import { benchOutput } from './output.ts';
import { benchPage } from './page.ts';
import { benchPhotos } from './photos.ts';
import { allowedProcessors, processorsVariable } from './processors.ts';
import { printGoals } from './report.ts';
import { benchResize } from './resize.ts';
import { benchReviews } from './reviews.ts';

const known = ['resize', 'output', 'memory', 'dimensions', 'bundles', 'changes', 'page', 'reviews'];
const unknown = process.argv.slice(2).filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`There is no section ${unknown.join(', ')}; sections are ${known.join(', ')}.`);
  process.exit(2);
}

// A function has about one vCPU. Node counts the processors that it may use, so one means that this is the inner run.
if (availableParallelism() > 1) {
  const processors = allowedProcessors();
  const first = /\d+/.exec(processors)?.[0] ?? '0';
  const inner = spawnSync('taskset', ['--cpu-list', first, process.execPath, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: { ...process.env, [processorsVariable]: processors },
  });
  if (inner.error === undefined) process.exit(inner.status ?? 1);
  console.log(`taskset is not there: this run uses up to ${availableParallelism()} processors, a function has one`);
}

const cacheFolder = path.resolve(import.meta.dirname, '../.cache/bench');
await mkdir(cacheFolder, { recursive: true });

let made: ReturnType<typeof benchPhotos> | undefined;
function photos() {
  if (!made) console.log('Making the photos (kept in .cache/photos) ...');
  made ??= benchPhotos();
  return made;
}
const sections = {
  resize: async () => benchResize(await photos()),
  output: async () => benchOutput(await photos()),
  memory: async () => benchMemory(await photos(), cacheFolder),
  dimensions: async () => benchDimensions(await photos()),
  bundles: () => benchBundles(cacheFolder),
  changes: () => benchChanges(),
  page: () => benchPage(cacheFolder),
  reviews: benchReviews,
};
const chosen = process.argv.slice(2);
for (const [name, bench] of Object.entries(sections)) {
  if (chosen.length === 0 || chosen.includes(name)) await bench();
}
printGoals();
