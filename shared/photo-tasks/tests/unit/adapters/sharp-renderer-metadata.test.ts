import sharp, { type Exif } from 'sharp';
import { describe, expect, it } from 'vitest';
import { render } from '../../../src/adapters/sharp-renderer.ts';
import { defaultPhotoLimits } from '../../../src/domain/photo-limits.ts';
import type { CameraFacts, Rendered } from '../../../src/domain/renditions.ts';
import { plain, withJpegSegment } from '../images.ts';

async function rendered(photo: Buffer): Promise<Rendered> {
  const outcome = await render(photo, defaultPhotoLimits);
  if (outcome.outcome === 'REJECTED') throw new Error(`${outcome.reason}: ${outcome.reasonDetail}`);
  return outcome;
}

const withExif = (exif: Exif) => plain(64, 48).withExif(exif).jpeg().toBuffer();

async function factsOf(photo: Buffer): Promise<CameraFacts> {
  const { takenAt, camera } = await rendered(photo);
  return { ...(takenAt && { takenAt }), ...(camera && { camera }) };
}

const camera = { Make: 'Happy', Model: 'Happy Phone 3' };
const clock = { DateTimeOriginal: '2026:05:17 14:03:09', OffsetTimeOriginal: '+02:00' };
const oslo = {
  GPSLatitudeRef: 'N',
  GPSLatitude: '59/1 54/1 50/1',
  GPSLongitudeRef: 'E',
  GPSLongitude: '10/1 45/1 9/1',
};

describe('what leaves', () => {
  const xmp = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF exif:GPSLatitude="59,54.83N"/></x:xmpmeta>';

  it.each(['jpeg', 'png', 'webp'] as const)('nothing of the metadata of a %s', async (format) => {
    const photo = await plain(64, 48)
      .withExif({ IFD0: camera, IFD2: clock, IFD3: oslo })
      .withXmp(xmp)
      .withIccProfile('p3')
      .toFormat(format)
      .toBuffer();
    const before = await sharp(photo).metadata();
    expect([before.exif, before.xmp, before.icc].every(Buffer.isBuffer)).toBe(true);

    for (const { data } of (await rendered(photo)).renditions) {
      const after = await sharp(data).metadata();
      expect([after.exif, after.xmp, after.icc, after.iptc, after.comments]).toEqual(Array(5).fill(undefined));
      expect(data.toString('latin1')).not.toMatch(/exif|xmp|gps|icc_profile|iccp|happy|adobe/i);
    }
  });

  it('nothing of JPEG comments, IPTC or what was appended to the file', async () => {
    const jpeg = await plain(64, 48).jpeg().toBuffer();
    const commented = withJpegSegment(jpeg, 0xfe, Buffer.from('SECRET comment'));
    const captioned = withJpegSegment(
      commented,
      0xed,
      Buffer.from('Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x06SECRET'),
    );
    const polyglot = Buffer.concat([captioned, Buffer.from('<script>SECRET</script>')]);

    for (const { data } of (await rendered(polyglot)).renditions) {
      expect(data.toString('latin1')).not.toMatch(/secret|photoshop|script/i);
    }
  });
});

describe('camera facts', () => {
  it('are the camera and its clock with the offset, and not the location', async () => {
    const { outcome, width, height, renditions, ...facts } = await rendered(
      await withExif({ IFD0: camera, IFD2: clock, IFD3: oslo }),
    );

    expect(facts).toEqual({ camera: 'Happy Phone 3', takenAt: '2026-05-17T14:03:09+02:00' });
  });

  it.each(['png', 'webp'] as const)('are read from a %s', async (format) => {
    const photo = await plain(64, 48).withExif({ IFD0: camera, IFD2: clock }).toFormat(format).toBuffer();

    expect(await factsOf(photo)).toEqual({ camera: 'Happy Phone 3', takenAt: '2026-05-17T14:03:09+02:00' });
  });

  it('are absent without EXIF', async () => {
    expect(await factsOf(await plain(64, 48).jpeg().toBuffer())).toEqual({});
  });

  it.each([
    { of: 'no offset', exif: { IFD2: { DateTimeOriginal: '2026:05:17 14:03:09' } }, takenAt: '2026-05-17T14:03:09' },
    {
      of: 'an impossible offset',
      exif: { IFD2: { ...clock, OffsetTimeOriginal: '+99:99' } },
      takenAt: '2026-05-17T14:03:09',
    },
    { of: 'a clock never set', exif: { IFD2: { DateTimeOriginal: '0000:00:00 00:00:00' } }, takenAt: undefined },
    { of: 'words for a date', exif: { IFD2: { DateTimeOriginal: 'last summer' } }, takenAt: undefined },
  ])('give a time of $takenAt for $of', async ({ exif, takenAt }) => {
    expect((await factsOf(await withExif(exif))).takenAt).toBe(takenAt);
  });

  it.each([
    { of: 'maker and model', IFD0: { Make: 'Canon', Model: 'PowerShot' }, expected: 'Canon PowerShot' },
    { of: 'a maker alone', IFD0: { Make: 'Canon' }, expected: 'Canon' },
    { of: 'line breaks and escapes', IFD0: { Make: 'Ev\r\nil', Model: '\u001b[31m\u0007X' }, expected: 'Ev il [31m X' },
    { of: 'thousands of letters', IFD0: { Model: 'y'.repeat(9000) }, expected: 'y'.repeat(64) },
  ])('name a camera of $of safely', async ({ IFD0, expected }) => {
    expect((await factsOf(await withExif({ IFD0 }))).camera).toBe(expected);
  });

  it.each([
    { of: 'cut off', exif: Buffer.from('Exif\0\0II*\0\x08\0\0\0\xff', 'latin1') },
    { of: 'no EXIF at all', exif: Buffer.from('Exif\0\0 nothing of the kind') },
    { of: 'made to exhaust the reader', exif: Buffer.concat([Buffer.from('Exif\0\0'), greedyTiff(65_000)]) },
  ])('are absent, and the photo rendered, when the EXIF is $of', async ({ exif }) => {
    const jpeg = await plain(64, 48).jpeg().toBuffer();

    expect(await factsOf(withJpegSegment(jpeg, 0xe1, exif))).toEqual({});
  });
});

/** Every entry claims four billion bytes as its value, and two point back to the first directory. */
function greedyTiff(length: number): Buffer {
  const tiff = Buffer.alloc(length);
  tiff.write('II*\0\x08\0\0\0', 'latin1');
  const entries = Math.floor((length - 10) / 12);
  tiff.writeUInt16LE(entries, 8);
  for (let entry = 0; entry < entries; entry++) {
    const offset = 10 + entry * 12;
    const pointer = [0x8769, 0x8825][entry];
    tiff.writeUInt16LE(pointer ?? entry, offset);
    tiff.writeUInt16LE(pointer ? 4 : 1, offset + 2);
    tiff.writeUInt32LE(pointer ? 1 : 0xffff_ffff, offset + 4);
    tiff.writeUInt32LE(pointer ? 8 : 0, offset + 8);
  }
  return tiff;
}
