import { randomBytes } from 'node:crypto';
import sharp, { type Sharp } from 'sharp';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { copyForJudging } from '../../../src/adapters/sharp-judged-copy.ts';
import { render } from '../../../src/adapters/sharp-renderer.ts';
import { defaultPhotoLimits } from '../../../src/domain/photo-limits.ts';
import { detailed, pixelAt, plain, pngOfZeros, type Rgb, withJpegSegment } from '../images.ts';

afterEach(() => vi.restoreAllMocks());

async function judged(photo: Buffer): Promise<Buffer> {
  const copy = await copyForJudging(photo, defaultPhotoLimits);
  if (copy.outcome === 'REJECTED') throw new Error(`${copy.reason}: ${copy.reasonDetail}`);
  return copy.jpeg;
}

/** The largest rendition that visitors get. */
async function published(photo: Buffer): Promise<Buffer> {
  const outcome = await render(photo, defaultPhotoLimits);
  if (outcome.outcome === 'REJECTED') throw new Error(`${outcome.reason}: ${outcome.reasonDetail}`);
  const found = outcome.renditions.find(({ kind, type }) => kind === 'scaled' && type === 'image/jpeg');
  return found?.data ?? Buffer.alloc(0);
}

describe('what Rekognition gets', () => {
  it.each([
    { of: 'a phone photo', photo: [4032, 3024], copy: [1600, 1200] },
    { of: 'a small photo', photo: [500, 300], copy: [500, 300] },
    { of: 'a photo with a side below 80', photo: [64, 32], copy: [160, 80] },
    { of: 'a long strip', photo: [12_000, 40], copy: [10_000, 80] },
  ])('is $copy pixels of $of of $photo', async ({ photo: [width = 0, height = 0], copy }) => {
    const { info } = await sharp(await judged(pngOfZeros(width, height, 1))).toBuffer({ resolveWithObject: true });

    expect([info.width, info.height]).toEqual(copy);
  });

  it.each(['jpeg', 'png', 'webp'] as const)('is an sRGB JPEG without metadata, of a %s', async (format) => {
    const photo = plain(300, 200)
      .withExif({ IFD0: { Make: 'SECRET' } })
      .withXmp('<SECRET/>')
      .withIccProfile('p3');

    const jpeg = await judged(await photo.toFormat(format).toBuffer());

    const { exif, xmp, icc, ...metadata } = await sharp(jpeg).metadata();
    expect(metadata).toMatchObject({ format: 'jpeg', space: 'srgb', channels: 3, depth: 'uchar' });
    expect([exif, xmp, icc, metadata.orientation]).toEqual(Array(4).fill(undefined));
    expect(jpeg.includes('SECRET')).toBe(false);
  });

  it.each([
    { of: 'the most pixels of a photo', width: 1600, height: 1600 },
    { of: 'the most pixels of all, a panorama', width: 10_000, height: 320 },
    { of: 'the longest strip', width: 10_000, height: 80 },
  ])('is far below 5 MB for noise at its worst: $of', async ({ width, height }) => {
    // Full contrast in every pixel and channel: no photo takes more bytes.
    const pixels = randomBytes(width * height * 3).map((byte) => (byte & 1) * 255);
    const noise = sharp(pixels, { raw: { width, height, channels: 3 } }).png({ compressionLevel: 1 });

    const { length } = await judged(await noise.toBuffer());

    expect(length).toBeGreaterThan(100_000);
    expect(length).toBeLessThan(4_000_000);
  });
});

describe('the pixels that are judged are those that are published:', () => {
  /** A scene without hard edges, in every colour. Its upper left corner is dark, so that it tells which way is up. */
  const scene = (width = 600, height = 400) =>
    raw(600, 400, (x, y) => {
      const fade = Math.min(1, 0.25 + x / 600 + y / 400);
      return [fade * wave(x / 43), fade * wave(y / 36), fade * wave((x + y) / 67)];
    }).resize(width, height);
  const wave = (phase: number) => 127 + 120 * Math.sin(phase);

  /** One picture in its upper half, and in its lower half another one that a decoder may not see. */
  const withHiddenPicture = async (alpha: number, width = 600, height = 400) => {
    const picture = raw(600, 400, (x, y) => [wave(x / 30), 20, wave(y / 27)]).resize(width, height);
    const mask = Buffer.alloc(width * height, alpha).fill(255, 0, (width * height) / 2);
    return sharp(await picture.png().toBuffer()).joinChannel(mask, { raw: { width, height, channels: 1 } });
  };

  /** Each fourth pixel of each fourth row belongs to another picture: a coarse shrinker would show that one alone. */
  const withSparsePicture = async () => {
    const tile = await raw(4, 4, (x, y) => (x + y === 0 ? [255, 0, 0] : [40, 150, 60]))
      .png()
      .toBuffer();
    return plain(6400, 1280).composite([{ input: tile, tile: true }]);
  };

  it.each([
    { of: 'a JPEG', photo: () => scene().jpeg({ quality: 95 }) },
    { of: 'a JPEG that is shrunk', photo: () => scene(1800, 1200).jpeg({ quality: 95 }) },
    { of: 'a JPEG that lies on its side', photo: () => scene().withMetadata({ orientation: 6 }).jpeg() },
    { of: 'a mirrored PNG', photo: () => scene().withMetadata({ orientation: 2 }).png() },
    { of: 'a large WebP upside down', photo: () => scene(1800, 1200).withMetadata({ orientation: 3 }).webp() },
    { of: 'a progressive JPEG', photo: () => scene().jpeg({ progressive: true }) },
    { of: 'a PNG with a transparent part that hides a picture', photo: async () => (await withHiddenPicture(0)).png() },
    { of: 'a large one', photo: async () => (await withHiddenPicture(0, 1800, 1200)).png() },
    { of: 'a WebP with a transparent part', photo: async () => (await withHiddenPicture(0)).webp({ exact: true }) },
    { of: 'a WebP with a half-transparent part', photo: async () => (await withHiddenPicture(90)).webp() },
    { of: 'a palette PNG', photo: async () => (await withHiddenPicture(0)).png({ palette: true }) },
    { of: 'a 16-bit PNG', photo: () => scene().toColourspace('rgb16').png() },
    { of: 'a large 16-bit PNG in Display P3', photo: () => inP3(scene(1800, 1200).toColourspace('rgb16')).png() },
    { of: 'a 16-bit grey PNG', photo: () => scene().toColourspace('grey16').png() },
    { of: 'a grey JPEG', photo: () => scene().toColourspace('b-w').jpeg() },
    { of: 'a JPEG in Display P3', photo: () => inP3(scene()).jpeg() },
    { of: 'a large WebP in Display P3', photo: () => inP3(scene(1800, 1200)).webp() },
    { of: 'a CMYK JPEG', photo: () => scene().toColourspace('cmyk').jpeg() },
    { of: 'a large CMYK JPEG', photo: () => scene(1800, 1200).toColourspace('cmyk').jpeg() },
    { of: 'a picture between the pixels of another one', photo: async () => (await withSparsePicture()).png() },
    {
      of: 'one in a JPEG',
      photo: async () => (await withSparsePicture()).jpeg({ quality: 100, chromaSubsampling: '4:4:4' }),
    },
    { of: 'a photo below the least size', photo: () => raw(70, 50, (x, y) => [3 * x, 5 * y, 90]).png() },
  ])('$of', async ({ photo }) => {
    await expectSamePixels(await (await photo()).toBuffer());
  });

  it('a JPEG whose colour profile turns red into green', async () => {
    const photo = await scene().jpeg({ quality: 95 }).toBuffer();
    const tricked = withProfile(photo, await redForGreen());

    await expectSamePixels(tricked);
    // The profile is not just ignored by both.
    expect((await distance(await judged(tricked), await judged(photo))).mean).toBeGreaterThan(20);
  });

  it('an animation: its first frame', async () => {
    const frames = [scene(), plain(600, 400, [0, 0, 255])].map((frame) => frame.png().toBuffer());
    const animation = await sharp(await Promise.all(frames), { join: { animated: true } })
      .webp()
      .toBuffer();

    await expectSamePixels(animation);
    expect((await distance(await judged(animation), await judged(await scene().png().toBuffer()))).mean).toBeLessThan(
      5,
    );
  });

  async function expectSamePixels(photo: Buffer) {
    const { mean, most } = await distance(await judged(photo), await published(photo));
    expect(mean).toBeLessThan(2);
    expect(most).toBeLessThan(15);
  }
});

describe('shows', () => {
  const brick: Rgb = [200, 80, 40];

  it('a photo the way up that it is meant to be seen', async () => {
    const halves = await Promise.all(
      [brick, [0, 0, 255] as const].map((half) => plain(200, 300, half).png().toBuffer()),
    );
    const joined = await sharp(halves, { join: { across: 2 } })
      .png()
      .toBuffer();
    const jpeg = await judged(await sharp(joined).withMetadata({ orientation: 6 }).jpeg().toBuffer());

    expect(await sharp(jpeg).metadata()).toMatchObject({ width: 300, height: 400 });
    await expectColour(jpeg, [150, 50], brick);
    await expectColour(jpeg, [150, 350], [0, 0, 255]);
  });

  it('white where a photo is transparent, whatever is hidden there', async () => {
    await expectColour(await judged(await plain(200, 200, brick, 0).png().toBuffer()), [100, 100], [255, 255, 255]);
  });

  it('colours in sRGB', async () => {
    await expectColour(
      await judged(
        await inP3(plain(200, 200, brick))
          .jpeg()
          .toBuffer(),
      ),
      [100, 100],
      brick,
    );
  });

  async function expectColour(jpeg: Buffer, [left = 0, top = 0]: readonly number[], expected: Rgb) {
    const pixel = await pixelAt(jpeg, left, top);
    expect(Math.max(...pixel.map((value, band) => Math.abs(value - (expected[band] ?? 0)))), `${pixel}`).toBeLessThan(
      6,
    );
  }
});

describe('a photo that cannot be judged', () => {
  it.each([
    { of: 'too small', file: () => plain(640, 31).png().toBuffer(), reason: 'IMAGE_TOO_SMALL' },
    { of: 'a bomb', file: () => pngOfZeros(16_000, 16_000, 1), reason: 'IMAGE_TOO_LARGE' },
    { of: 'of another type', file: () => plain(64, 64).gif().toBuffer(), reason: 'UNSUPPORTED_TYPE' },
    {
      of: 'only a header',
      file: async () => (await detailed(200, 150).jpeg().toBuffer()).subarray(0, 700),
      reason: 'UNREADABLE_IMAGE',
    },
    {
      of: 'cut off',
      file: async () => (await detailed(200, 150).png().toBuffer()).subarray(0, -200),
      reason: 'UNREADABLE_IMAGE',
    },
  ])('is REJECTED when it is $of, in the words of the renderer', async ({ file, reason }) => {
    const photo = await file();

    const verdict = await copyForJudging(photo, defaultPhotoLimits);

    expect(verdict).toMatchObject({ outcome: 'REJECTED', reason });
    expect(verdict).toEqual(await render(photo, defaultPhotoLimits));
  });

  it.each(['VipsJpeg: Insufficient memory (case 4)', 'vips_tracked: out of memory --- size == 24MB'])(
    'by a fault of the system is thrown, not blamed on the photo: %s',
    async (message) => {
      const photo = await plain(64, 64).jpeg().toBuffer();
      vi.spyOn(sharp.prototype, 'toBuffer').mockRejectedValueOnce(new Error(message));

      await expect(copyForJudging(photo, defaultPhotoLimits)).rejects.toThrow(message);
    },
  );
});

const inP3 = (photo: Sharp) => photo.withIccProfile('p3');

function raw(width: number, height: number, colourAt: (x: number, y: number) => Rgb): Sharp {
  const pixels = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) pixels.set(colourAt(x, y).map(Math.round), (y * width + x) * 3);
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

/** How far two pictures are apart, of 255, at a size at which it does not show how hard each was compressed. */
async function distance(a: Buffer, b: Buffer): Promise<{ mean: number; most: number }> {
  const [left, right] = await Promise.all([a, b].map(overview));
  const differences = Array.from(left ?? [], (value, i) => Math.abs(value - (right?.[i] ?? Number.NaN)));
  return {
    mean: differences.reduce((sum, value) => sum + value, 0) / differences.length,
    most: Math.max(...differences),
  };
}

/** In two steps: a JPEG that shrinks while it decodes would be off by parts of a pixel. */
async function overview(image: Buffer): Promise<Buffer> {
  const { data, info } = await sharp(image).toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  return sharp(data, { raw: { width, height, channels } }).resize(150, 100, { fit: 'fill' }).raw().toBuffer();
}

const withProfile = (jpeg: Buffer, icc: Buffer) =>
  withJpegSegment(jpeg, 0xe2, Buffer.concat([Buffer.from('ICC_PROFILE\0\x01\x01', 'latin1'), icc]));

/** A colour profile in which red and green have changed places. */
async function redForGreen(): Promise<Buffer> {
  const { icc = Buffer.alloc(0) } = await sharp(await inP3(plain(8, 8)).jpeg().toBuffer()).metadata();
  const [red, green] = [icc.indexOf('rXYZ'), icc.indexOf('gXYZ')];
  icc.write('gXYZ', red, 'latin1');
  icc.write('rXYZ', green, 'latin1');
  return icc;
}
