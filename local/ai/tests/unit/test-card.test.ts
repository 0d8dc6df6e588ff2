import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { drawTestCard, maxCardNumber, readTestCard } from '../../src/test-card.ts';

const photos = join(import.meta.dirname, '../../../../samples/photos');

describe('a test card', () => {
  it.each([0, 17, 4095, 0x1b1b, maxCardNumber])('carries the number %i', async (number) => {
    expect(await readTestCard(await drawTestCard(number))).toBe(number);
  });

  it.each([
    [200, 200, 'jpeg'],
    [300, 225, 'jpeg'],
    [900, 1200, 'webp'],
    [2400, 1800, 'png'],
  ] as const)('is read at %i by %i, %s', async (width, height, format) => {
    const card = await drawTestCard(1234, { width, height, format, quality: 70 });
    expect(await sharp(card).metadata()).toMatchObject({ width, height, format });
    expect(await readTestCard(card)).toBe(1234);
  });

  it.each(['jpeg', 'webp', 'avif'] as const)(
    'survives being scaled to 300 pixels, made %s, and JPEG again',
    async (format) => {
      const card = await drawTestCard(1234, { width: 3000, height: 2000 });
      const small = await sharp(card).resize(300).toFormat(format, { quality: 70 }).toBuffer();
      expect(await readTestCard(await sharp(small).resize(320).jpeg({ quality: 70 }).toBuffer())).toBe(1234);
    },
  );

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'is upright by EXIF orientation %i, and read before and after that is applied',
    async (orientation) => {
      const card = await drawTestCard(1234, { width: 600, height: 400, orientation });
      expect(await sharp(card).metadata()).toMatchObject({ orientation, autoOrient: { width: 600, height: 400 } });
      expect(await readTestCard(card)).toBe(1234);
      expect(await readTestCard(await sharp(card).autoOrient().webp().toBuffer())).toBe(1234);
    },
  );

  it('is none when stripes are exchanged: the checksum tells', async () => {
    const card = sharp(await drawTestCard(0x00ff, { width: 1000, height: 800, format: 'png' }));
    const [left, right] = [350, 400];
    const stripe = await card.clone().extract({ left, top: 0, width: 50, height: 112 }).png().toBuffer();
    const other = await card.clone().extract({ left: right, top: 0, width: 50, height: 112 }).png().toBuffer();
    const forged = card.composite([
      { input: stripe, left: right, top: 0 },
      { input: other, left, top: 0 },
    ]);
    expect(await readTestCard(await forged.png().toBuffer())).toBeUndefined();
  });

  it('is none in faded colours', async () => {
    const card = await drawTestCard(17);
    const faded = await sharp(card).linear(0.5, 80).png().toBuffer();
    expect(await readTestCard(faded)).toBeUndefined();
  });

  it('has a number that fits, and enough pixels', async () => {
    await expect(drawTestCard(maxCardNumber + 1)).rejects.toThrow('from 0 to 65535');
    await expect(drawTestCard(1.5)).rejects.toThrow('from 0 to 65535');
    await expect(drawTestCard(1, { width: 199 })).rejects.toThrow('at least 200 pixels');
  });
});

describe('a photograph', () => {
  const files = readdirSync(photos).filter((name) => /\.(jpg|png|webp)$/.test(name));

  it.each(files)('%s is no test card', async (file) => {
    expect(await readTestCard(await readFile(join(photos, file)))).toBeUndefined();
  });

  it.each(['white', 'black', 'red'])('nor is a plain %s picture', async (background) => {
    const plain = sharp({ create: { width: 400, height: 300, channels: 3, background } });
    expect(await readTestCard(await plain.png().toBuffer())).toBeUndefined();
  });
});
