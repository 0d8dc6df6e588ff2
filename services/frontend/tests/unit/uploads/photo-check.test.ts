// @vitest-environment node
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { imageSize } from 'image-size';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { checkPhoto, isReadable } from '../../../src/uploads/photo-check.ts';
import { jpeg, rules } from './world.ts';

const samples = new URL('../../../../../samples/photos/', import.meta.url);
const blob = (...parts: (Uint8Array | string)[]) => new Blob(parts.map((part) => new Uint8Array(Buffer.from(part))));
const problemOf = async (file: Blob, changed: Partial<typeof rules> = {}) => {
  const check = await checkPhoto(file, { ...rules, ...changed });
  return check.ok ? undefined : check.problem;
};

/** A PNG that says it is this large; there are no pixels in it. */
function png(width: number, height: number): Blob {
  const head = Buffer.alloc(33);
  head.write('\x89PNG\r\n\x1a\n', 'latin1');
  head.writeUInt32BE(13, 8);
  head.write('IHDR', 12, 'latin1');
  head.writeUInt32BE(width, 16);
  head.writeUInt32BE(height, 20);
  return blob(head);
}

test.each([
  ['park-creek.jpg', 'image/jpeg'],
  ['cafe-cat.webp', 'image/webp'],
  ['cafe-coffee.png', 'image/png'],
])('%s is a photo, whatever its name says', async (name, contentType) => {
  const file = new File([readFileSync(new URL(name, samples))], 'notes.txt', { type: 'text/plain' });
  expect(await checkPhoto(file, rules)).toEqual({ ok: true, contentType });
});

test.each([
  ['an empty file', blob(), 'EMPTY_FILE'],
  ['text', blob('GIF? no, words'), 'UNSUPPORTED_TYPE'],
  ['one byte', blob('\xff'), 'UNSUPPORTED_TYPE'],
  ['a GIF', blob('GIF89a\x01\x00\x01\x00'), 'UNSUPPORTED_TYPE'],
  ['an SVG', blob('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'UNSUPPORTED_TYPE'],
  ['a HEIC of an iPhone', blob(Buffer.from('\x00\x00\x00\x24ftypheic\x00\x00', 'latin1')), 'HEIC'],
  ['a JPEG that ends after its mark', blob(Buffer.from('\xff\xd8\xff\xe0', 'latin1')), 'UNREADABLE_IMAGE'],
  ['a PNG that ends in its head', png(640, 480).slice(0, 18), 'UNREADABLE_IMAGE'],
  ['a WebP without a frame', blob(Buffer.from('RIFF\x00\x00\x00\x00WEBPVP8 ', 'latin1')), 'UNREADABLE_IMAGE'],
])('%s is refused', async (_, file, code) => {
  expect((await problemOf(file))?.code).toBe(code);
});

test('a bomb is refused by what its head says', async () => {
  expect(await problemOf(png(60_000, 60_000))).toMatchObject({ code: 'SIDE_TOO_LONG' });
  expect(await problemOf(png(30_000, 30_000))).toEqual({
    code: 'IMAGE_TOO_LARGE',
    values: { width: 30_000, height: 30_000, maxMegapixels: 60 },
  });
  expect(await problemOf(png(0, 100))).toEqual({ code: 'UNREADABLE_IMAGE' });
});

test('the bounds themselves are allowed', async () => {
  expect(await problemOf(png(32, 30_000))).toBeUndefined();
  expect(await problemOf(png(31, 100))).toMatchObject({ code: 'IMAGE_TOO_SMALL' });
  expect(await problemOf(png(32, 30_001))).toMatchObject({ code: 'SIDE_TOO_LONG' });
  expect(await problemOf(png(6000, 10_000))).toBeUndefined();
  expect(await problemOf(png(6001, 10_000))).toMatchObject({ code: 'IMAGE_TOO_LARGE' });
});

test('bytes are counted before anything is read', async () => {
  const file = Object.assign(jpeg(), { slice: () => expect.unreachable() });
  const bytes = file.size;
  expect(await problemOf(file, { maxBytes: bytes - 1 })).toEqual({
    code: 'FILE_TOO_LARGE',
    values: { bytes, maxBytes: bytes - 1 },
  });
});

test('a type that this deployment does not take is refused', async () => {
  expect(await problemOf(jpeg(), { types: ['image/png'] })).toEqual({ code: 'UNSUPPORTED_TYPE' });
});

test('a file that cannot be read any more is told from a damaged one', async () => {
  const failing = (name: string) =>
    Object.assign(jpeg(), {
      slice: () => ({ arrayBuffer: () => Promise.reject(new DOMException('No', name)) }),
    });
  for (const name of ['NotReadableError', 'NotFoundError']) {
    expect(await problemOf(failing(name))).toEqual({ code: 'FILE_GONE' });
    expect(await isReadable(failing(name))).toBe(false);
  }
  // What passes says nothing about the file.
  await expect(checkPhoto(failing('AbortError'), rules)).rejects.toThrow('No');
  await expect(isReadable(failing('AbortError'))).rejects.toThrow('No');
});

test('the size is told upright', async () => {
  const pixels = { width: 300, height: 20, channels: 3 as const, background: 'red' };
  const turned = await sharp({ create: pixels }).withMetadata({ orientation: 6 }).jpeg().toBuffer();
  expect(await problemOf(blob(turned))).toMatchObject({ values: { width: 20, height: 300 } });
});

test('the size is found behind a preview that fills the beginning', async () => {
  const plain = Buffer.from(await jpeg(800, 600).arrayBuffer());
  const filler = Buffer.alloc(2 + 65_533);
  filler.set([0xff, 0xe2, 0xff, 0xff]);
  const file = blob(
    plain.subarray(0, 2),
    ...Array<Buffer>(20).fill(Buffer.concat([filler, Buffer.alloc(2)])),
    plain.subarray(2),
  );
  expect(await problemOf(file)).toBeUndefined();
});

describe('the server', () => {
  test('decides the same about every sample, as both read the same head', async () => {
    const formats = ['jpeg', 'png', 'webp'] as const;
    const sizes = fc.integer({ min: 1, max: 200 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...formats), sizes, sizes, async (format, width, height) => {
        const data = await sharp({ create: { width, height, channels: 3, background: 'green' } })
          [format]()
          .toBuffer();
        const size = imageSize(data);
        expect([size.width, size.height]).toEqual([width, height]);
        expect((await problemOf(blob(data)))?.code).toBe(Math.min(width, height) < 32 ? 'IMAGE_TOO_SMALL' : undefined);
      }),
      { numRuns: 40 },
    );
  });

  test('is spared whatever bytes a file has: the check always ends with a verdict', async () => {
    const marks = fc.constantFrom('\xff\xd8\xff', '\x89PNG\r\n\x1a\n', 'RIFF1234WEBPVP8X', 'RIFF1234WEBPVP8L', '');
    await fc.assert(
      fc.asyncProperty(marks, fc.uint8Array({ maxLength: 400 }), async (mark, bytes) => {
        const check = await checkPhoto(blob(Buffer.from(mark, 'latin1'), bytes), rules);
        if (!check.ok) expect(check.problem.code).toMatch(/^[A-Z_]+$/);
      }),
    );
  });
});
