import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { RejectionReason } from '@happy-path/photos/photo-record';
import { largePhoto } from './large-photo.ts';

export interface SamplePhoto {
  /** File name, as the visitor's device has it. */
  readonly name: string;
  /** What the device announces; for some bad ones that is not what is inside. */
  readonly contentType: 'image/jpeg' | 'image/png' | 'image/webp';
  readonly data: Buffer;
  /** What becomes of it at a place that takes photos of its kind: moderation and rules about people aside. */
  readonly expect: 'published' | { readonly rejected: RejectionReason };
  readonly note: string;
}

type CommittedPhoto = Pick<SamplePhoto, 'name' | 'contentType' | 'note'>;

/** Where they are from: SOURCES.md. What was done to them: tools/photos/prepare.ts. */
const committed: readonly CommittedPhoto[] = [
  { name: 'park-dandelions.jpg', contentType: 'image/jpeg', note: 'meadow at sunset, 16 megapixels, GPS' },
  {
    name: 'park-sunset.jpg',
    contentType: 'image/jpeg',
    note: 'hilltop, 12 megapixels, upside down by orientation 3, GPS',
  },
  { name: 'park-meadow.jpg', contentType: 'image/jpeg', note: 'meadow, wood and mountains, GPS' },
  { name: 'park-creek.jpg', contentType: 'image/jpeg', note: 'creek in a wood' },
  { name: 'park-mountain-path.jpg', contentType: 'image/jpeg', note: 'path below rocks, progressive' },
  { name: 'park-nuthatch.jpg', contentType: 'image/jpeg', note: 'bird on a tree, GPS' },
  { name: 'river-bridge.jpg', contentType: 'image/jpeg', note: 'cables of a bridge, no metadata' },
  { name: 'garden-pagoda.jpg', contentType: 'image/jpeg', note: 'pagoda above a lake, small' },
  { name: 'restaurant-fig.jpg', contentType: 'image/jpeg', note: 'fig on a plate, GPS' },
  { name: 'bar-wine.jpg', contentType: 'image/jpeg', note: 'portrait stored sideways, orientation 6, GPS' },
  { name: 'cafe-dogs.jpg', contentType: 'image/jpeg', note: 'portrait stored sideways, orientation 8, GPS' },
  { name: 'cafe-coffee.png', contentType: 'image/png', note: 'cup of coffee with transparent corners' },
  { name: 'cafe-cat.webp', contentType: 'image/webp', note: 'cat, narrower than the scaled size' },
  { name: 'person-astronaut.jpg', contentType: 'image/jpeg', note: 'a person: not for restaurants in v4' },
  { name: 'person-photographer.jpg', contentType: 'image/jpeg', note: 'a person in a park, grey' },
];

/** The photos of the demo and the end-to-end tests: good ones first, then ones that a workflow has to refuse. */
export async function samplePhotos(): Promise<SamplePhoto[]> {
  const good = await Promise.all(
    committed.map(async (photo) => ({ ...photo, data: await read(photo.name), expect: 'published' as const })),
  );
  return [...good, await phonePhoto(), ...(await badPhotos())];
}

/** 24 megapixels, as large as phones make them; not committed for its size. */
async function phonePhoto(): Promise<SamplePhoto> {
  return {
    name: 'park-creek-24-megapixels.jpg',
    contentType: 'image/jpeg',
    data: await largePhoto({
      from: 'park-creek.jpg',
      width: 6000,
      height: 4000,
      noise: 14,
      quality: 85,
      orientation: 6,
    }),
    expect: 'published',
    note: '24 megapixels, portrait by orientation 6, GPS',
  };
}

async function badPhotos(): Promise<SamplePhoto[]> {
  const whole = await read('garden-pagoda.jpg');
  return [
    {
      name: 'interrupted.jpg',
      contentType: 'image/jpeg',
      data: whole.subarray(0, Math.round(whole.length * 0.6)),
      expect: { rejected: 'UNREADABLE_IMAGE' },
      note: 'a JPEG of which the last part never arrived',
    },
    {
      name: 'shopping-list.jpg',
      contentType: 'image/jpeg',
      data: Buffer.from('milk\nbread\nfilm for the camera\n'),
      expect: { rejected: 'UNSUPPORTED_TYPE' },
      note: 'text named as a JPEG',
    },
    {
      name: 'drawing.jpg',
      contentType: 'image/jpeg',
      data: Buffer.from(
        '<svg xmlns="http://www.w3.org/2000/svg" width="800" height="600"><script>alert(1)</script></svg>',
      ),
      expect: { rejected: 'UNSUPPORTED_TYPE' },
      note: 'SVG with a script, named as a JPEG',
    },
    {
      name: 'tracking-pixel.png',
      contentType: 'image/png',
      data: Buffer.from(
        'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mP8/x8AAwMCAO+ip1sAAAAASUVORK5CYII=',
        'base64',
      ),
      expect: { rejected: 'IMAGE_TOO_SMALL' },
      note: 'PNG of one pixel',
    },
  ];
}

function read(name: string): Promise<Buffer> {
  return readFile(path.join(import.meta.dirname, name));
}
