/** The ways of making a photo's renditions that are compared, ours and how it is usually written with sharp. */
import sharp from 'sharp';
import { render } from '../shared/photo-tasks/src/adapters/sharp-renderer.ts';
import { defaultPhotoLimits } from '../shared/photo-tasks/src/domain/photo-limits.ts';

export const sizes = [{ width: 400, height: 400 }, { width: 600 }] as const;
const jpeg = { quality: 80 };
/** The renderer's own settings: the comparison is about decoding, not about which encoder works harder. */
const webp = { quality: 75, effort: 2 };

const pipeline = (photo: Buffer, size: (typeof sizes)[number]) => sharp(photo).autoOrient().resize(size);

export const ways = {
  ours2: (photo: Buffer) => render(photo, defaultPhotoLimits, ['image/jpeg']),
  ours4: (photo: Buffer) => render(photo, defaultPhotoLimits),

  /** One pipeline per size. */
  async peer2(photo: Buffer) {
    for (const size of sizes) await pipeline(photo, size).jpeg(jpeg).toBuffer();
  },

  /** One pipeline per output. */
  async peer4(photo: Buffer) {
    for (const size of sizes) {
      await pipeline(photo, size).jpeg(jpeg).toBuffer();
      await pipeline(photo, size).webp(webp).toBuffer();
    }
  },

  /** One decode per size, both encoders from its pixels: half of our idea. */
  async pair4(photo: Buffer) {
    for (const size of sizes) {
      const { data, info } = await pipeline(photo, size).raw().toBuffer({ resolveWithObject: true });
      const { width, height, channels } = info;
      const pixels = { raw: { width, height, channels } };
      await sharp(data, pixels).jpeg(jpeg).toBuffer();
      await sharp(data, pixels).webp(webp).toBuffer();
    }
  },
};
