import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { render } from '../../../src/adapters/sharp-renderer.ts';
import { defaultPhotoLimits } from '../../../src/domain/photo-limits.ts';
import type { EncodedRendition, Rendered } from '../../../src/domain/renditions.ts';
import { detailed, pixelAt, plain, pngChunk, type Rgb, withJpegSegment } from '../images.ts';

async function rendered(photo: Buffer): Promise<Rendered> {
  const outcome = await render(photo, defaultPhotoLimits);
  if (outcome.outcome === 'REJECTED') throw new Error(`${outcome.reason}: ${outcome.reasonDetail}`);
  return outcome;
}

function pick(photo: Rendered, kind: EncodedRendition['kind'], type: EncodedRendition['type']): EncodedRendition {
  const found = photo.renditions.find((rendition) => rendition.kind === kind && rendition.type === type);
  if (!found) throw new Error(`no ${kind} as ${type}`);
  return found;
}

async function centreOf(photo: Rendered): Promise<Rgb> {
  const { data, width, height } = pick(photo, 'scaled', 'image/jpeg');
  return pixelAt(data, width >> 1, height >> 1);
}

function expectClose(actual: Rgb, expected: Rgb, tolerance: number) {
  const distance = Math.max(...actual.map((value, band) => Math.abs(value - (expected[band] ?? Number.NaN))));
  expect(distance, `${actual} against ${expected}`).toBeLessThanOrEqual(tolerance);
}

describe('sizes', () => {
  it('makes a tile and a scaled photo, each as JPEG and as WebP', async () => {
    const photo = await rendered(await plain(1200, 900).jpeg().toBuffer());

    expect(photo).toMatchObject({ width: 1200, height: 900 });
    expect(photo.renditions.map(({ data: _, ...facts }) => facts)).toEqual([
      { kind: 'tile', type: 'image/jpeg', width: 400, height: 400 },
      { kind: 'tile', type: 'image/webp', width: 400, height: 400 },
      { kind: 'scaled', type: 'image/jpeg', width: 600, height: 450 },
      { kind: 'scaled', type: 'image/webp', width: 600, height: 450 },
    ]);
    for (const { data, type, width, height } of photo.renditions) {
      expect(await sharp(data).metadata()).toMatchObject({
        mediaType: type,
        width,
        height,
        space: 'srgb',
        channels: 3,
      });
    }
  });

  it.each([
    { of: 'a portrait', width: 900, height: 1200, scaled: [600, 800] },
    { of: 'a panorama', width: 3000, height: 500, scaled: [600, 100] },
    { of: 'a long strip', width: 20_000, height: 50, scaled: [600, 2] },
    { of: 'a tall photo, bounded in height', width: 500, height: 3000, scaled: [300, 1800] },
    { of: 'a photo narrower than 600, not enlarged', width: 500, height: 300, scaled: [500, 300] },
    { of: 'the smallest photo taken', width: 32, height: 32, scaled: [32, 32] },
  ])('scales $of of $width x $height to $scaled', async ({ width, height, scaled }) => {
    const photo = await rendered(await plain(width, height).png().toBuffer());

    expect(pick(photo, 'tile', 'image/jpeg')).toMatchObject({ width: 400, height: 400 });
    expect(pick(photo, 'scaled', 'image/webp')).toMatchObject({ width: scaled[0], height: scaled[1] });
  });

  it('cuts the tile from the middle', async () => {
    const side = (colour: Rgb) => plain(400, 400, colour).png().toBuffer();
    const strip = await sharp([await side([255, 0, 0]), await side([0, 160, 0]), await side([0, 0, 255])], {
      join: { across: 3 },
    })
      .png()
      .toBuffer();

    const { data } = pick(await rendered(strip), 'tile', 'image/jpeg');

    expectClose(await pixelAt(data, 2, 200), [0, 160, 0], 4);
    expectClose(await pixelAt(data, 397, 200), [0, 160, 0], 4);
  });
});

describe('orientation', () => {
  const colours: Record<string, Rgb> = { R: [230, 20, 20], G: [20, 180, 20], B: [20, 20, 230], W: [250, 250, 250] };

  /** 120 x 80 with R and G in the upper corners, B and W in the lower ones. */
  async function corners() {
    const quarters = 'RGBW'.split('').map((name) => plain(60, 40, colours[name]).png().toBuffer());
    return sharp(
      await sharp(await Promise.all(quarters), { join: { across: 2 } })
        .png()
        .toBuffer(),
    );
  }

  async function cornersOf({ data, width, height }: EncodedRendition): Promise<string> {
    const places = [0.25, 0.75].flatMap((y) => [0.25, 0.75].map((x) => [width * x, height * y] as const));
    const names = places.map(async ([left, top]) => {
      const pixel = await pixelAt(data, Math.round(left), Math.round(top));
      const distance = (colour: Rgb) => Math.hypot(...colour.map((value, band) => value - (pixel[band] ?? 0)));
      return Object.entries(colours).sort(([, a], [, b]) => distance(a) - distance(b))[0]?.[0];
    });
    return (await Promise.all(names)).join('');
  }

  it.each([
    [1, 'RGBW'],
    [2, 'GRWB'],
    [3, 'WBGR'],
    [4, 'BWRG'],
    [5, 'RBGW'],
    [6, 'BRWG'],
    [7, 'WGBR'],
    [8, 'GWRB'],
  ])('turns EXIF orientation %i upright in every rendition', async (orientation, upright) => {
    const photo = await rendered(await (await corners()).withMetadata({ orientation }).jpeg().toBuffer());

    expect([photo.width, photo.height]).toEqual(orientation < 5 ? [120, 80] : [80, 120]);
    for (const rendition of photo.renditions) expect(await cornersOf(rendition)).toBe(upright);
  });

  it.each(['png', 'webp'] as const)('reads the orientation of a %s too', async (format) => {
    const photo = await rendered(await (await corners()).withMetadata({ orientation: 6 }).toFormat(format).toBuffer());

    expect(await cornersOf(pick(photo, 'scaled', 'image/jpeg'))).toBe('BRWG');
  });
});

describe('colour', () => {
  const brick: Rgb = [200, 80, 40];

  it.each([
    { of: 'a Display P3 JPEG', tolerance: 5, image: () => plain(64, 64).withIccProfile('p3').jpeg({ quality: 98 }) },
    { of: 'a 16-bit PNG', tolerance: 3, image: () => plain(64, 64).toColourspace('rgb16').png() },
    {
      of: 'a 16-bit PNG in Display P3',
      tolerance: 3,
      image: () => plain(64, 64).toColourspace('rgb16').withIccProfile('p3').png(),
    },
    { of: 'a palette PNG', tolerance: 3, image: () => plain(64, 64).png({ palette: true }) },
    // CMYK cannot hold the colour; the tolerance still tells it from its inverse.
    { of: 'a CMYK JPEG', tolerance: 40, image: () => plain(64, 64).toColourspace('cmyk').jpeg() },
    { of: 'a progressive JPEG', tolerance: 3, image: () => plain(64, 64).jpeg({ progressive: true }) },
    { of: 'an interlaced PNG', tolerance: 3, image: () => plain(64, 64).png({ progressive: true }) },
    { of: 'a lossless WebP', tolerance: 3, image: () => plain(64, 64).webp({ lossless: true }) },
  ])('keeps the colour of $of in sRGB', async ({ image, tolerance }) => {
    expectClose(await centreOf(await rendered(await image().toBuffer())), brick, tolerance);
  });

  it('keeps grey photos grey', async () => {
    const grey = plain(64, 64, [120, 120, 120]).toColourspace('b-w');

    expectClose(await centreOf(await rendered(await grey.jpeg().toBuffer())), [120, 120, 120], 2);
  });

  it('ignores a colour profile that is no profile', async () => {
    const jpeg = await plain(64, 64).jpeg().toBuffer();
    const profile = Buffer.from(`ICC_PROFILE\0\x01\x01${'no profile '.repeat(20)}`, 'latin1');

    expectClose(await centreOf(await rendered(withJpegSegment(jpeg, 0xe2, profile))), brick, 3);
  });

  it('shows transparent parts as white, half-transparent ones mixed with white', async () => {
    expectClose(await centreOf(await rendered(await plain(64, 64, brick, 0).png().toBuffer())), [255, 255, 255], 1);
    expectClose(await centreOf(await rendered(await plain(64, 64, brick, 0.5).webp().toBuffer())), [227, 167, 147], 5);
  });
});

it('takes the JPEGs of phones that get the scan parameters wrong', async () => {
  const jpeg = await plain(64, 64).jpeg().toBuffer();
  const scan = jpeg.indexOf(Buffer.from([0xff, 0xda]));
  const lastCoefficient = scan + jpeg.readUInt16BE(scan + 2);
  expect(jpeg[lastCoefficient]).toBe(63);
  jpeg[lastCoefficient] = 0;

  expectClose(await centreOf(await rendered(jpeg)), [200, 80, 40], 3);
});

describe('animation', () => {
  it('shows the first frame of an animated WebP', async () => {
    const frames = [plain(64, 64, [0, 0, 255]), plain(64, 64, [255, 0, 0])].map((frame) => frame.png().toBuffer());
    const animation = await sharp(await Promise.all(frames), { join: { animated: true } })
      .webp({ loop: 0, delay: [100, 100] })
      .toBuffer();
    expect((await sharp(animation).metadata()).pages).toBe(2);

    const photo = await rendered(animation);

    expect(photo).toMatchObject({ width: 64, height: 64 });
    expectClose(await centreOf(photo), [0, 0, 255], 6);
  });

  it('shows the default image of an animated PNG', async () => {
    const png = await plain(64, 64, [0, 0, 255]).png().toBuffer();
    const animationControl = pngChunk('acTL', Buffer.from([0, 0, 0, 1, 0, 0, 0, 0]));
    const afterHeader = 33;
    const animation = Buffer.concat([png.subarray(0, afterHeader), animationControl, png.subarray(afterHeader)]);

    expectClose(await centreOf(await rendered(animation)), [0, 0, 255], 3);
  });
});

describe('quality', () => {
  it('is within 0.3 dB of a pipeline of its own for the tile', async () => {
    const original = await detailed(1600, 1200).blur(3).jpeg({ quality: 95 }).toBuffer();
    const exact = sharp(original).resize(400, 400);
    const reference = await exact.clone().raw().toBuffer();
    const own = await exact.clone().jpeg({ quality: 80 }).toBuffer();

    const tile = pick(await rendered(original), 'tile', 'image/jpeg').data;

    expect(await decibels(tile, reference)).toBeGreaterThan((await decibels(own, reference)) - 0.3);
  });

  async function decibels(image: Buffer, reference: Buffer): Promise<number> {
    const pixels = await sharp(image).raw().toBuffer();
    const squares = pixels.reduce((sum, value, i) => sum + (value - (reference[i] ?? 0)) ** 2, 0);
    return 10 * Math.log10(255 ** 2 / (squares / pixels.length));
  }
});
