import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { samplePhotos } from '../../../../../samples/photos/index.ts';
import { readSize } from '../../../src/adapters/image-size-reader.ts';
import { opening, plain, withBytesBeforeFrame, withJpegMetadata } from '../images.ts';

const samples = await samplePhotos();
const size = { width: 321, height: 123 };
const photo = () => plain(size.width, size.height);

describe("a photo's size", () => {
  it.each([
    { of: 'a JPEG', file: () => photo().jpeg() },
    { of: 'a progressive JPEG', file: () => photo().jpeg({ progressive: true }) },
    { of: 'a CMYK JPEG', file: () => photo().toColourspace('cmyk').jpeg() },
    { of: 'a grey JPEG', file: () => photo().toColourspace('b-w').jpeg() },
    {
      of: 'a JPEG with EXIF, a colour profile and XMP',
      file: () => photo().withIccProfile('p3').withXmp('<x/>').jpeg(),
    },
    { of: 'a PNG', file: () => photo().png() },
    { of: 'an interlaced 16-bit PNG', file: () => photo().toColourspace('rgb16').png({ progressive: true }) },
    { of: 'a lossy WebP', file: () => photo().webp() },
    { of: 'a lossless WebP', file: () => photo().webp({ lossless: true }) },
    { of: 'a WebP with transparency', file: () => plain(size.width, size.height, [0, 0, 0], 0.5).webp() },
    { of: 'a WebP with metadata', file: () => photo().withIccProfile('p3').webp() },
  ])('is read from $of', async ({ file }) => {
    expect(readSize(await file().toBuffer())).toEqual(size);
  });

  it.each([1, 2, 3, 4])('is that of the pixels for a JPEG of EXIF orientation %i', async (orientation) => {
    expect(readSize(await photo().withMetadata({ orientation }).jpeg().toBuffer())).toEqual(size);
  });

  it.each([5, 6, 7, 8])('is turned upright for a JPEG of EXIF orientation %i', async (orientation) => {
    const turned = { width: size.height, height: size.width };

    expect(readSize(await photo().withMetadata({ orientation }).jpeg().toBuffer())).toEqual(turned);
  });

  it.each(samples.filter(({ expect: expected }) => expected === 'published'))(
    'of the sample $name is what the decoder says',
    async ({ data }) => {
      const { width, height } = (await sharp(data).metadata()).autoOrient;

      expect(readSize(data)).toEqual({ width, height });
    },
  );

  it('is right, or not told, for a JPEG with bytes that belong to no segment', async () => {
    const jpeg = await photo().jpeg().toBuffer();

    for (const bytes of [[0xff], [0xff, 0xff], [0], [0, 1, 2]])
      expect([undefined, size]).toContainEqual(readSize(withBytesBeforeFrame(jpeg, ...bytes)));
  });
});

describe('an opening that is too short', () => {
  // Each side takes two bytes, so that an opening may end between them.
  const files = {
    JPEG: () =>
      plain(500, 300)
        .withExif({ IFD0: { Make: 'Happy' } })
        .withIccProfile('p3')
        .jpeg(),
    PNG: () => plain(500, 300).png(),
    'lossy WebP': () => plain(500, 300).webp(),
    'lossless WebP': () => plain(500, 300).webp({ lossless: true }),
    'WebP with metadata': () => plain(500, 300).withIccProfile('p3').webp(),
  };

  it.each(Object.entries(files))('of a %s tells no size, and never a wrong one', async (_, file) => {
    const whole = await file().toBuffer();
    const told = Array.from({ length: whole.length - 12 }, (_, cut) => readSize(opening(whole, cut + 12)));
    const first = told.findIndex((found) => found !== undefined);

    expect(told.slice(first)).toEqual(Array(told.length - first).fill({ width: 500, height: 300 }));
  });

  it('of a JPEG ends anywhere in its metadata', async () => {
    const jpeg = withJpegMetadata(await plain(64, 48).jpeg().toBuffer(), 130_000);

    expect([40, 1000, 65_536, 65_540, 131_000].map((bytes) => readSize(opening(jpeg, bytes)))).toEqual(
      Array(5).fill(undefined),
    );
  });

  describe.each([0x00, 0x01, 0x41, 0xff])('amid bytes %i in memory', (neighbours) => {
    const amid = (file: Buffer) => {
      const memory = Buffer.alloc(file.length + 2048, neighbours);
      memory.set(file, 1024);
      return memory.subarray(1024, 1024 + file.length);
    };

    it.each([
      'RIFF\x20\0\0\0WEBPVP8 ',
      'RIFF\x20\0\0\0WEBPVP8 \x20\0\0\0',
      'RIFF\x20\0\0\0WEBPVP8L',
      'RIFF\x20\0\0\0WEBPVP8L\x20\0\0\0\x2f',
      'RIFF\x20\0\0\0WEBPVP8X',
      'RIFF\x20\0\0\0WEBPVP8X\x0a\0\0\0',
      '\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR',
    ])('tells nothing of them: %j', (bytes) => {
      expect(readSize(amid(Buffer.from(bytes, 'latin1')))).toBeUndefined();
    });

    it('tells nothing of them: a JPEG up to anywhere in its size', async () => {
      const jpeg = await plain(900, 600).jpeg().toBuffer();
      const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
      const told = [2, 3, 4, 5, 6, 7, 8].map((bytes) => readSize(amid(jpeg.subarray(0, frame + bytes))));

      expect(told).toEqual(Array(7).fill(undefined));
      expect(readSize(amid(jpeg.subarray(0, frame + 9)))).toEqual({ width: 900, height: 600 });
    });
  });

  it.each([
    ['words', 'Not a photo, but long enough to be one.'],
    ['a JPEG of nothing', '\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0 and no more of it'],
    ['a PNG of words', '\x89PNG\r\n\x1a\n and then words, words, words'],
    ['a WebP of words', 'RIFF\x20\0\0\0WEBP and then words, more words, words'],
  ])('or none at all (%s) is undefined, not an exception', (_, bytes) => {
    expect(readSize(opening(Buffer.from(bytes, 'latin1'), 99))).toBeUndefined();
  });
});
