import fc from 'fast-check';
import sharp from 'sharp';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { render } from '../../../src/adapters/sharp-renderer.ts';
import { defaultPhotoLimits } from '../../../src/domain/photo-limits.ts';
import { detailed, plain, pngOfZeros } from '../images.ts';

afterEach(() => vi.restoreAllMocks());

const judge = (photo: Buffer) => render(photo, defaultPhotoLimits);

const boxOf = (brand: string) => Buffer.from(`\0\0\0\x18ftyp${brand}\0\0\0\0mif1${brand}`, 'latin1');

describe('UNSUPPORTED_TYPE', () => {
  it.each([
    { of: 'nothing', file: () => Buffer.alloc(0) },
    { of: 'a few zeros', file: () => Buffer.alloc(40) },
    { of: 'text', file: () => Buffer.from('Not a photo.') },
    { of: 'SVG', file: () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"/>') },
    { of: 'PDF', file: () => Buffer.from('%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF') },
    { of: 'a GIF that would be JPEG further on', file: async () => joined('GIF89a', await jpeg()) },
    { of: 'GIF', file: () => plain(64, 64).gif().toBuffer() },
    { of: 'TIFF', file: () => plain(64, 64).tiff().toBuffer() },
    { of: 'AVIF', file: () => plain(64, 64).avif({ effort: 0 }).toBuffer() },
  ])('for $of, naming what to send instead', async ({ file }) => {
    expect(await judge(await file())).toEqual({
      outcome: 'REJECTED',
      reason: 'UNSUPPORTED_TYPE',
      reasonDetail: 'This file is not a JPEG, PNG or WebP photo. Save the photo as JPEG, PNG or WebP and upload that.',
    });
  });

  it.each(['gif', 'tiff', 'avif'] as const)(
    'as no loader for %s can run, whatever lets it past the check',
    async (format) => {
      const file = await plain(64, 64).toFormat(format).toBuffer();

      await expect(sharp(file).metadata()).rejects.toThrow('unsupported image format');
    },
  );

  it.each(['heic', 'heix', 'hevc', 'mif1'])('for HEIC (%s), with the way out', async (brand) => {
    expect(await judge(boxOf(brand))).toMatchObject({
      reason: 'UNSUPPORTED_TYPE',
      reasonDetail: 'HEIC photos do not show in every browser. Save the photo as JPEG, PNG or WebP and upload that.',
    });
  });
});

describe('UNREADABLE_IMAGE', () => {
  const encodings = {
    JPEG: () => detailed(200, 150).jpeg(),
    'progressive JPEG': () => detailed(200, 150).jpeg({ progressive: true }),
    PNG: () => detailed(200, 150).png(),
    'interlaced PNG': () => detailed(200, 150).png({ progressive: true }),
    WebP: () => detailed(200, 150).webp(),
  };
  const cuts = Object.keys(encodings).flatMap((name) => [0.05, 0.3, 0.7, 0.97].map((share) => ({ name, share })));

  it.each(cuts)('for a $name cut off at $share of its length', async ({ name, share }) => {
    const whole = await encodings[name as keyof typeof encodings]().toBuffer();

    expect(await judge(whole.subarray(0, Math.ceil(whole.length * share)))).toMatchObject({
      outcome: 'REJECTED',
      reason: 'UNREADABLE_IMAGE',
      reasonDetail: expect.any(String),
    });
  });

  it.each([
    ['JPEG', '\xff\xd8\xff\xe0 and then words'],
    ['PNG', '\x89PNG\r\n\x1a\n and then words'],
    ['WebP', 'RIFF\x20\0\0\0WEBP and then words, more words, words'],
  ])('for a file that only begins like a %s', async (_, bytes) => {
    expect(await judge(Buffer.from(bytes, 'latin1'))).toMatchObject({ reason: 'UNREADABLE_IMAGE' });
  });

  it.each(Object.entries(encodings))('or a photo, never a fault, for a %s with broken bytes', async (_, image) => {
    const whole = await image().toBuffer();
    const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });

    await fc.assert(
      fc.asyncProperty(damage, async (changes) => {
        const photo = Buffer.from(whole);
        for (const [at, value] of changes) photo[at] = value;

        expect(['RENDERED', 'REJECTED']).toContain((await judge(photo)).outcome);
      }),
      { numRuns: 60 },
    );
  });
});

describe('IMAGE_TOO_LARGE', () => {
  it.each([
    { of: 'a bomb of 16000 x 16000 pixels in 31 kB', file: () => pngOfZeros(16_000, 16_000, 1) },
    { of: 'a strip too long to shrink', file: () => pngOfZeros(30_001, 40, 24) },
    { of: 'one pixel row more than the limit', file: () => pngOfZeros(10_000, 6_001, 1) },
  ])('for $of, without decoding it', async ({ file }) => {
    const decode = vi.spyOn(sharp.prototype, 'toBuffer');

    expect(await judge(file())).toMatchObject({ outcome: 'REJECTED', reason: 'IMAGE_TOO_LARGE' });
    expect(decode).not.toHaveBeenCalled();
  });

  it('not for a photo of just 60 megapixels', async () => {
    expect(await judge(pngOfZeros(10_000, 6_000, 1))).toMatchObject({ outcome: 'RENDERED' });
  });
});

describe('IMAGE_TOO_SMALL', () => {
  it.each([
    [1, 1],
    [31, 600],
    [600, 31],
  ])('for %i x %i pixels', async (width, height) => {
    expect(await judge(await plain(width, height).png().toBuffer())).toEqual({
      outcome: 'REJECTED',
      reason: 'IMAGE_TOO_SMALL',
      reasonDetail: expect.stringContaining(`${width} x ${height} pixels; each side needs at least 32`),
    });
  });
});

describe('a fault of the system', () => {
  it.each(['VipsJpeg: Insufficient memory (case 4)', 'vips_tracked: out of memory --- size == 24MB', 'write EPIPE'])(
    'is thrown, not blamed on the photo: %s',
    async (message) => {
      const photo = await jpeg();
      vi.spyOn(sharp.prototype, 'toBuffer').mockRejectedValueOnce(new Error(message));

      await expect(judge(photo)).rejects.toThrow(message);
    },
  );

  it('is thrown when it is ours: a limit that is no number', async () => {
    await expect(render(await jpeg(), { ...defaultPhotoLimits, maxPixels: Number.NaN })).rejects.toThrow(/limitInput/);
  });
});

const jpeg = () => plain(64, 64).jpeg().toBuffer();

function joined(text: string, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(text), bytes]);
}
