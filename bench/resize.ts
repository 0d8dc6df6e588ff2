import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { BenchPhoto } from './photos.ts';
import { goal, heading, interleave, processorTime, table } from './report.ts';
import { ways } from './ways.ts';

const rounds = 11;
/** A progressive photo takes five times as long, and no goal hangs on it. */
const progressiveRounds = 5;
const copies = 10;

/** Time to make the renditions, against sharp as it is usually written and against libvips itself. */
export async function benchResize(photos: readonly BenchPhoto[]) {
  heading(`Renditions: median of ${rounds} interleaved rounds, ms of the processor per photo`);
  const hasVips = spawnSync('vipsthumbnail', ['--version']).error === undefined;
  if (!hasVips) console.log('vipsthumbnail is not installed, skipped: install libvips-tools');

  const results: (Pick<BenchPhoto, 'name' | 'progressive'> & Record<keyof typeof ways | 'vips', number>)[] = [];
  for (const { name, data, progressive } of photos) {
    console.log(`  ${name}, ${megabytes(data)} ...`);
    const folder = await mkdtemp(path.join(tmpdir(), 'bench-'));
    try {
      const { ours2, ours4, peer2, peer4, pair4 } = ways;
      const times = await interleave(
        {
          ours2: processorTime(() => ours2(data)),
          peer2: processorTime(() => peer2(data)),
          ours4: processorTime(() => ours4(data)),
          peer4: processorTime(() => peer4(data)),
          pair4: processorTime(() => pair4(data)),
          vips: hasVips ? await vipsThumbnail(folder, data) : async () => Number.NaN,
        },
        progressive ? progressiveRounds : rounds,
      );
      results.push({ name, progressive, ...times });
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  console.log(
    '\n  2: two JPEGs, 4: all four outputs; peer: a pipeline per output; pair: a decode per size; vips: vipsthumbnail, scaled size only, amortised',
  );
  table(
    ['photo', 'ours 2', 'peer 2', 'ratio', 'vips', 'ratio', 'ours 4', 'peer 4', 'ratio', 'pair 4', 'ratio'],
    results.map(({ name, ours2, peer2, vips, ours4, peer4, pair4 }) => [
      name,
      ...[ours2, peer2].map(ms),
      ratio(ours2, peer2),
      ms(vips),
      ratio(ours2, vips),
      ...[ours4, peer4].map(ms),
      ratio(ours4, peer4),
      ms(pair4),
      ratio(ours4, pair4),
    ]),
  );

  const baseline = results.filter(({ progressive }) => !progressive);
  const againstPeer2 = baseline.map(({ ours2, peer2 }) => ours2 / peer2);
  const againstVips = baseline.map(({ ours2, vips }) => ours2 / vips);
  const againstPeer4 = baseline.map(({ ours4, peer4 }) => ours4 / peer4);
  goal('two JPEGs / two sharp pipelines', againstPeer2, 0.65, ' x');
  if (hasVips) goal('two JPEGs / amortised vipsthumbnail of one', againstVips, 1, ' x');
  goal('all four / sharp pipelines making the four', againstPeer4, 0.65, ' x');
}

/** One process for ten copies, so that its start hardly counts; answers with the processor's time for one. */
async function vipsThumbnail(folder: string, photo: Buffer): Promise<() => Promise<number>> {
  const files = Array.from({ length: copies }, (_, i) => path.join(folder, `${i}.jpg`));
  for (const file of files) await writeFile(file, photo);
  // The shell's `times` prints its own times, then its children's: "0m0.61s 0m0.05s".
  const script = 'vipsthumbnail --size 600x --output \'%s-600.jpg[Q=80,strip]\' "$@" && times';
  return async () => {
    const { stdout } = await promisify(execFile)('sh', ['-c', script, 'sh', ...files], {
      env: { ...process.env, VIPS_CONCURRENCY: '1', LC_ALL: 'C' },
    });
    const ofChildren = stdout.trim().split('\n').at(-1) ?? '';
    const times = [...ofChildren.matchAll(/(\d+)m([\d.]+)s/g)].map(([, min, s]) => 60 * Number(min) + Number(s));
    return (1000 * times.reduce((sum, time) => sum + time, 0)) / copies;
  };
}

export const megabytes = (data: Buffer) => `${(data.length / 1e6).toFixed(1)} MB`;
const ms = (time: number) => (Number.isNaN(time) ? '-' : time.toFixed(1));
const ratio = (ours: number, peer: number) => (Number.isNaN(peer) ? '-' : (ours / peer).toFixed(2));
