import sharp from 'sharp';
import { render } from '../shared/photo-tasks/src/adapters/sharp-renderer.ts';
import { defaultPhotoLimits } from '../shared/photo-tasks/src/domain/photo-limits.ts';
import type { BenchPhoto } from './photos.ts';
import { goal, heading, table } from './report.ts';
import { megabytes } from './resize.ts';
import { sizes } from './ways.ts';

/** Bytes of the renditions, and what making them from one decode costs in quality. */
export async function benchOutput(photos: readonly BenchPhoto[]) {
  heading('Output: kB, what a visitor saves against the upload, and PSNR in dB against a resize of every pixel');
  const rows = [];
  const losses = [];
  for (const { name, data } of photos) {
    const outcome = await render(data, defaultPhotoLimits);
    if (outcome.outcome === 'REJECTED') throw new Error(`${name}: ${outcome.reasonDetail}`);
    const [tile, tileWebp, scaled, scaledWebp] = outcome.renditions.map((rendition) => rendition.data);
    if (!tile || !tileWebp || !scaled || !scaledWebp) throw new Error(`${name}: expected four renditions`);

    const quality = [];
    for (const [ours, size] of [[tile, sizes[0]] as const, [scaled, sizes[1]] as const]) {
      const every = await sharp(data).autoOrient().raw().toBuffer({ resolveWithObject: true });
      const { width, height, channels } = every.info;
      const reference = await sharp(every.data, { raw: { width, height, channels } }).resize(size).raw().toBuffer();
      const own = await sharp(data).autoOrient().resize(size).jpeg({ quality: 80 }).toBuffer();
      const [oursDb, ownDb] = [await psnr(ours, reference), await psnr(own, reference)];
      losses.push(ownDb - oursDb);
      quality.push(oursDb.toFixed(1), ownDb.toFixed(1));
    }
    const saved = (...outputs: Buffer[]) =>
      `${(100 - (100 * outputs.reduce((sum, { length }) => sum + length, 0)) / data.length).toFixed(1)} %`;
    rows.push([
      name,
      megabytes(data),
      ...[tile, scaled].map(kilobytes),
      saved(tile, scaled),
      ...[tileWebp, scaledWebp].map(kilobytes),
      saved(tileWebp, scaledWebp),
      ...quality,
    ]);
  }
  const jpeg = ['tile jpg', 'scaled jpg', 'saved'];
  const webp = ['tile webp', 'scaled webp', 'saved'];
  table(['photo', 'upload', ...jpeg, ...webp, 'tile dB', 'alone', 'scaled dB', 'alone'], rows);
  goal('PSNR lost to a sharp pipeline per size', losses, 0.3, ' dB');
}

async function psnr(image: Buffer, reference: Buffer): Promise<number> {
  const pixels = await sharp(image).raw().toBuffer();
  const squares = pixels.reduce((sum, value, i) => sum + (value - (reference[i] ?? 0)) ** 2, 0);
  return 10 * Math.log10(255 ** 2 / (squares / pixels.length));
}

const kilobytes = (data: Buffer) => (data.length / 1000).toFixed(0);
