import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { imageSize } from 'image-size';
import type { BenchPhoto } from './photos.ts';
import { elapsed, goal, heading, interleave, table } from './report.ts';

const rounds = 31;
const prefixBytes = 65_536;

/** Reading a photo's size from its first 64 KB, as the check before the renditions does, against reading all of it. */
export async function benchDimensions(photos: readonly BenchPhoto[]) {
  heading(`Dimensions: image-size on the first 64 KB against the whole file, median of ${rounds} rounds`);
  const folder = await mkdtemp(path.join(tmpdir(), 'bench-'));
  try {
    const rows = [];
    const ratios = [];
    for (const { name, data } of photos) {
      const file = path.join(folder, 'photo.jpg');
      await writeFile(file, data);
      const [ofPrefix, ofWhole] = [imageSize(await prefixOf(file)), imageSize(data)];
      if (ofPrefix.width !== ofWhole.width || ofPrefix.height !== ofWhole.height) {
        throw new Error(`${name}: the first 64 KB tell another size than the whole`);
      }
      const times = await interleave(
        {
          prefix: elapsed(async () => imageSize(await prefixOf(file))),
          whole: elapsed(async () => imageSize(await readFile(file))),
        },
        rounds,
      );
      ratios.push(times.prefix / times.whole);
      rows.push([
        name,
        `${ofWhole.width} x ${ofWhole.height}`,
        times.prefix.toFixed(2),
        times.whole.toFixed(2),
        (times.prefix / times.whole).toFixed(2),
        `${(data.length / prefixBytes).toFixed(0)} x less`,
      ]);
    }
    table(['photo', 'size', 'prefix ms', 'whole ms', 'ratio', 'bytes read'], rows);
    goal('dimensions from 64 KB / from the whole file', ratios, 0.5, ' x');
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function prefixOf(file: string): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { buffer } = await handle.read(Buffer.alloc(prefixBytes), 0, prefixBytes, 0);
    return buffer;
  } finally {
    await handle.close();
  }
}
