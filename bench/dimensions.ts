import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readSize } from '../shared/photo-tasks/src/adapters/image-size-reader.ts';
import { checkDimensions } from '../shared/photo-tasks/src/domain/dimensions.ts';
import { defaultPhotoLimits } from '../shared/photo-tasks/src/domain/photo-limits.ts';
import type { BenchPhoto } from './photos.ts';
import { elapsed, goal, heading, interleave, table } from './report.ts';

const rounds = 31;

/** The check before the renditions, which reads the beginning of a photo, against reading all of it for its size. */
export async function benchDimensions(photos: readonly BenchPhoto[]) {
  heading(`Dimensions: the check of type and size against the whole file, median of ${rounds} rounds`);
  const folder = await mkdtemp(path.join(tmpdir(), 'bench-'));
  try {
    const rows = [];
    const ratios = [];
    for (const { name, data } of photos) {
      const file = path.join(folder, 'photo.jpg');
      await writeFile(file, data);
      const { bytesRead, size } = await check(file);
      const whole = readSize(data);
      if (whole === undefined || size?.width !== whole.width || size.height !== whole.height) {
        throw new Error(`${name}: its beginning tells another size than the whole`);
      }
      const times = await interleave(
        {
          check: elapsed(() => check(file)),
          whole: elapsed(async () => readSize(await readFile(file))),
        },
        rounds,
      );
      ratios.push(times.check / times.whole);
      rows.push([
        name,
        `${whole.width} x ${whole.height}`,
        times.check.toFixed(2),
        times.whole.toFixed(2),
        (times.check / times.whole).toFixed(2),
        `${(data.length / bytesRead).toFixed(0)} x less`,
      ]);
    }
    table(['photo', 'size', 'check ms', 'whole ms', 'ratio', 'bytes read'], rows);
    goal('dimensions by the check / from the whole file', ratios, 0.5, ' x');
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Checks a file as the task does one in S3. */
async function check(file: string) {
  const seen: { bytesRead: number; size?: ReturnType<typeof readSize> } = { bytesRead: 0 };
  const { outcome } = await checkDimensions(
    { ...defaultPhotoLimits, allowedTypes: ['jpg'] },
    {
      async readOpening(maxBytes) {
        const opening = await openingOf(file, maxBytes);
        seen.bytesRead += opening.length;
        return opening;
      },
      readSize(opening) {
        seen.size = readSize(opening);
        return seen.size;
      },
    },
  );
  if (outcome !== 'ACCEPTED') throw new Error(`the check ends as ${outcome}`);
  return seen;
}

async function openingOf(file: string, maxBytes: number): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(maxBytes), 0, maxBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
