import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { samplePhotos } from '../../../../../samples/photos/index.ts';
import { readSize } from '../../../src/adapters/image-size-reader.ts';
import { openPhoto } from '../../../src/adapters/sharp-photo.ts';
import { checkDimensions, type DimensionRules } from '../../../src/domain/dimensions.ts';
import { defaultPhotoLimits } from '../../../src/domain/photo-limits.ts';
import {
  detailed,
  opening,
  plain,
  pngOfZeros,
  withBytesBeforeFrame,
  withJpegMetadata,
  withJpegSegment,
} from '../images.ts';

const samples = await samplePhotos();
const rules: DimensionRules = { ...defaultPhotoLimits, allowedTypes: ['jpg', 'png', 'webp'] };
const kib64 = 65_536;
const mib = 1_048_576;

/** Checks a file, and says how much of it was asked for. */
async function check(file: Buffer, changes: Partial<DimensionRules> = {}) {
  const asked: number[] = [];
  const readOpening = async (maxBytes: number) => {
    asked.push(maxBytes);
    return opening(file, maxBytes);
  };
  return { ...(await checkDimensions({ ...rules, ...changes }, { readOpening, readSize })), asked };
}

const jpeg = (width = 640, height = 480) => plain(width, height).jpeg().toBuffer();
const rejection = (reason: string, detail: RegExp) => ({
  outcome: 'REJECTED',
  reason,
  reasonDetail: expect.stringMatching(detail),
});

describe('no more is read than needed:', () => {
  it.each([
    { of: 'a usual photo', metadata: 0, asked: [kib64] },
    { of: 'a photo whose size stands just before 64 KiB', metadata: kib64 - 700, asked: [kib64] },
    { of: 'a photo with 130 KB of metadata', metadata: 130_000, asked: [kib64, mib] },
    { of: 'a photo with 300 KB of metadata', metadata: 300_000, asked: [kib64, mib] },
  ])('$asked bytes of $of, which tell its size', async ({ metadata, asked }) => {
    const photo =
      metadata < kib64
        ? withJpegSegment(await jpeg(), 0xe2, Buffer.alloc(metadata))
        : withJpegMetadata(await jpeg(), metadata);

    expect(await check(photo)).toEqual({ outcome: 'ACCEPTED', asked });
    // A size that was not read would pass as well, however small.
    expect(await check(photo, { minSidePx: 481 })).toEqual({ ...rejection('IMAGE_TOO_SMALL', /640 x 480/), asked });
  });

  it('wherever an opening ends in the header, the size is the right one', async () => {
    const photo = await detailed(90, 60).jpeg().toBuffer();
    for (let header = 0; header < 700; header += 7) {
      const shifted = withJpegSegment(photo, 0xe2, Buffer.alloc(kib64 - 6 - header));

      expect(await check(shifted, { minSidePx: 61 })).toMatchObject({
        reason: 'IMAGE_TOO_SMALL',
        reasonDetail: expect.stringContaining('90 x 60'),
      });
    }
  });

  it('one opening of a file that is shorter than that', async () => {
    const cut = (await jpeg()).subarray(0, 100);

    expect(await check(cut)).toEqual({ outcome: 'ACCEPTED', asked: [kib64] });
  });

  it('two of a file that ends with the first', async () => {
    const cut = withJpegMetadata(await jpeg(), 130_000).subarray(0, kib64);

    expect(await check(cut)).toEqual({ outcome: 'ACCEPTED', asked: [kib64, mib] });
  });

  it('64 KiB of a file of another type', async () => {
    expect(await check(Buffer.alloc(mib))).toMatchObject({ reason: 'UNSUPPORTED_TYPE', asked: [kib64] });
  });
});

describe('a photo is ACCEPTED', () => {
  it.each([
    { of: 'JPEG', file: () => plain(640, 480).jpeg() },
    { of: 'progressive JPEG', file: () => plain(640, 480).jpeg({ progressive: true }) },
    { of: 'PNG', file: () => plain(640, 480).png() },
    { of: 'lossy WebP', file: () => plain(640, 480).webp() },
    { of: 'lossless WebP', file: () => plain(640, 480).webp({ lossless: true }) },
    { of: 'a WebP with transparency', file: () => plain(640, 480, [0, 0, 0], 0.5).webp() },
  ])('when it is $of of a size within the limits', async ({ file }) => {
    const photo = await file().toBuffer();

    expect(await check(photo)).toEqual({ outcome: 'ACCEPTED', asked: [kib64] });
    expect(await check(photo, { minSidePx: 481 })).toMatchObject(rejection('IMAGE_TOO_SMALL', /640 x 480/));
  });

  it.each([
    { that: 'fill bytes before a marker', bytes: [0xff, 0xff] },
    { that: 'stray bytes between segments', bytes: [0, 1, 2] },
  ])('when it has $that, which the decoder skips', async ({ bytes }) => {
    const photo = withBytesBeforeFrame(await jpeg(), ...bytes);

    expect(await check(photo)).toEqual({ outcome: 'ACCEPTED', asked: [kib64] });
    expect(await openPhoto(photo, rules)).toMatchObject({ outcome: 'OPEN', width: 640, height: 480 });
  });

  it('when it has fill bytes before its first segment', async () => {
    const photo = await jpeg();
    const filled = Buffer.concat([photo.subarray(0, 2), Buffer.from([0xff, 0xff]), photo.subarray(2)]);

    expect(await check(filled)).toEqual({ outcome: 'ACCEPTED', asked: [kib64] });
    expect(await openPhoto(filled, rules)).toMatchObject({ outcome: 'OPEN', width: 640, height: 480 });
  });

  it('when it is just large enough, or just not too large', async () => {
    expect(await check(await jpeg(400, 400), { minSidePx: 400 })).toMatchObject({ outcome: 'ACCEPTED' });
    expect(await check(await jpeg(400, 400), { maxPixels: 160_000 })).toMatchObject({ outcome: 'ACCEPTED' });
    expect(await check(pngOfZeros(30_000, 40, 24))).toMatchObject({ outcome: 'ACCEPTED' });
  });

  it.each(samples)('or refused as the samples say: $name', async ({ data, expect: expected }) => {
    const verdict = await check(data);

    if (expected === 'published') expect(verdict.outcome).toBe('ACCEPTED');
    // What is damaged further on is for the decoder to find.
    else if (verdict.outcome === 'ACCEPTED') expect(expected.rejected).toBe('UNREADABLE_IMAGE');
    else expect(verdict).toMatchObject({ reason: expected.rejected });
  });
});

describe('UNSUPPORTED_TYPE', () => {
  const refusal = (reasonDetail: string) => ({ outcome: 'REJECTED', reason: 'UNSUPPORTED_TYPE', reasonDetail });
  const types = 'This file is not a JPEG, PNG or WebP photo. Save the photo as JPEG, PNG or WebP and upload that.';

  it.each([
    { of: 'SVG', file: () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="900" height="900"/>') },
    { of: 'text', file: () => Buffer.from('Not a photo.') },
    { of: 'nothing', file: () => Buffer.alloc(0) },
    { of: 'GIF', file: () => plain(640, 480).gif().toBuffer() },
    { of: 'TIFF', file: () => plain(640, 480).tiff().toBuffer() },
    { of: 'AVIF', file: () => plain(64, 64).avif({ effort: 0 }).toBuffer() },
  ])('for $of, although it tells a size', async ({ file }) => {
    expect(await check(await file())).toEqual({ ...refusal(types), asked: [kib64] });
  });

  const heic = (brand: string) => Buffer.from(`\0\0\0\x18ftyp${brand}\0\0\0\0mif1${brand}`, 'latin1');

  it.each(['heic', 'heix', 'mif1', 'msf1'])('for HEIC (%s), with the way out', async (brand) => {
    const wayOut = 'HEIC photos do not show in every browser. Save the photo as JPEG, PNG or WebP and upload that.';

    expect(await check(heic(brand))).toMatchObject(refusal(wayOut));
  });

  it.each([
    { allowed: ['jpg'] as const, file: () => plain(640, 480).png(), named: 'JPEG' },
    { allowed: ['jpg'] as const, file: () => plain(640, 480).webp(), named: 'JPEG' },
    { allowed: ['webp'] as const, file: () => plain(640, 480).jpeg(), named: 'WebP' },
    { allowed: ['png', 'webp'] as const, file: () => plain(640, 480).jpeg(), named: 'PNG or WebP' },
  ])('for a photo of a type that $allowed leaves out, and for HEIC, naming those', async ({ allowed, file, named }) => {
    const refused = await check(await file().toBuffer(), { allowedTypes: allowed });
    const refusedHeic = await check(heic('heic'), { allowedTypes: allowed });
    const wayOut = `Save the photo as ${named} and upload that.`;

    expect(refused).toMatchObject(refusal(`This file is not a ${named} photo. ${wayOut}`));
    expect(refusedHeic).toMatchObject(refusal(`HEIC photos do not show in every browser. ${wayOut}`));
  });

  it('not for a type that is allowed alone', async () => {
    expect(await check(await jpeg(), { allowedTypes: ['jpg'] })).toMatchObject({ outcome: 'ACCEPTED' });
  });
});

describe('a size that is refused', () => {
  it.each([
    {
      of: 'one column too few',
      size: [399, 640],
      reason: 'IMAGE_TOO_SMALL',
      detail: /^The photo is 399 x 640 pixels;.* 400/,
    },
    {
      of: 'one row too few',
      size: [640, 399],
      reason: 'IMAGE_TOO_SMALL',
      detail: /^The photo is 640 x 399 pixels;.* 400/,
    },
    {
      of: 'a side too long',
      size: [30_001, 400],
      reason: 'IMAGE_TOO_LARGE',
      detail: /^The photo is 30001 x 400 pixels;.* 30000/,
    },
    {
      of: 'too many pixels',
      size: [10_000, 6001],
      reason: 'IMAGE_TOO_LARGE',
      detail: /10000 x 6001 pixels, more than 60 mega/,
    },
  ])('has $of', async ({ size: [width = 0, height = 0], reason, detail }) => {
    expect(await check(pngOfZeros(width, height, 1), { minSidePx: 400 })).toMatchObject(rejection(reason, detail));
  });

  it.each([
    [1, '300 x 500'],
    [6, '500 x 300'],
    [8, '500 x 300'],
  ])('is told upright: EXIF orientation %i', async (orientation, size) => {
    const photo = await plain(300, 500).withMetadata({ orientation }).jpeg().toBuffer();

    expect(await check(photo, { minSidePx: 400 })).toMatchObject({ reasonDetail: expect.stringContaining(size) });
  });

  it('is refused in the same words by the decoder, whatever the photo', async () => {
    const side = fc.integer({ min: 1, max: 120 });
    const limits = { minSidePx: 40, maxSidePx: 100, maxPixels: 6000 };

    await fc.assert(
      fc.asyncProperty(side, side, fc.constantFrom('jpeg', 'png', 'webp'), async (width, height, format) => {
        const file = await plain(width, height).toFormat(format).toBuffer();
        const opened = await openPhoto(file, limits);
        const { asked: _, ...checked } = await check(file, limits);

        expect(checked).toEqual(opened.outcome === 'REJECTED' ? opened : { outcome: 'ACCEPTED' });
      }),
      { numRuns: 60 },
    );
  });
});

describe('a photo whose size is not found passes, for the decoder to judge:', () => {
  it.each([
    ['JPEG, of three bytes', '\xff\xd8\xff'],
    ['JPEG', '\xff\xd8\xff\xe0 and then words'],
    ['PNG', '\x89PNG\r\n\x1a\n and then words, more words, words'],
    ['WebP', 'RIFF\x20\0\0\0WEBP and then words, more words, words'],
  ])('a file that only begins like a %s', async (_, bytes) => {
    const file = Buffer.from(bytes, 'latin1');

    expect(await check(file)).toEqual({ outcome: 'ACCEPTED', asked: [kib64] });
    expect(await openPhoto(file, rules)).toEqual(rejection('UNREADABLE_IMAGE', /Upload it again/));
  });

  it('one of 20 MB too, of which no more than 1 MiB is read', async () => {
    const zeros = Buffer.alloc(20_000_000);
    zeros.set([0xff, 0xd8, 0xff]);

    expect(await check(zeros)).toEqual({ outcome: 'ACCEPTED', asked: [kib64, mib] });
    expect(await openPhoto(zeros, rules)).toEqual(rejection('UNREADABLE_IMAGE', /Upload it again/));
  });

  it('one with a side of 0', async () => {
    const file = pngOfZeros(0, 640, 1);

    expect(await check(file)).toEqual({ outcome: 'ACCEPTED', asked: [kib64] });
    expect(await openPhoto(file, rules)).toEqual(rejection('UNREADABLE_IMAGE', /Upload it again/));
  });

  it('one that is too small, behind 2 MB of metadata', async () => {
    const file = withJpegMetadata(await jpeg(399, 640), 2_000_000);
    const limits = { ...rules, minSidePx: 400 };

    expect(await check(file, limits)).toEqual({ outcome: 'ACCEPTED', asked: [kib64, mib] });
    expect(await openPhoto(file, limits)).toMatchObject(rejection('IMAGE_TOO_SMALL', /399 x 640/));
  });

  it('or gets another verdict, never a fault: a header with broken bytes', async () => {
    const photos = await Promise.all([
      detailed(200, 150)
        .withExif({ IFD0: { Make: 'Happy' } })
        .jpeg()
        .toBuffer(),
      detailed(200, 150).png().toBuffer(),
      detailed(200, 150).webp().toBuffer(),
    ]);
    const verdicts = ['ACCEPTED', 'IMAGE_TOO_SMALL', 'IMAGE_TOO_LARGE', 'UNSUPPORTED_TYPE'];
    const damage = fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 6 });

    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...photos), damage, async (photo, changes) => {
        const broken = Buffer.from(photo);
        for (const [place, value] of changes) broken[place] = value;

        const verdict = await check(broken);

        expect(verdicts).toContain('reason' in verdict ? verdict.reason : verdict.outcome);
      }),
      { numRuns: 300 },
    );
  });
});

describe('an original that cannot be read', () => {
  it('is WITHDRAWN when it is gone', async () => {
    const readOpening = async () => undefined;

    expect(await checkDimensions(rules, { readOpening, readSize })).toEqual({ outcome: 'WITHDRAWN' });
  });

  it('is WITHDRAWN when it goes while it is read', async () => {
    const photo = withJpegMetadata(await jpeg(), 130_000);
    const readOpening = async (maxBytes: number) => (maxBytes === kib64 ? photo.subarray(0, kib64) : undefined);

    expect(await checkDimensions(rules, { readOpening, readSize })).toEqual({ outcome: 'WITHDRAWN' });
  });

  it('is a fault when reading it fails', async () => {
    const readOpening = () => Promise.reject(new Error('S3 down'));

    await expect(checkDimensions(rules, { readOpening, readSize })).rejects.toThrow('S3 down');
  });
});
