import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { samplePhotos } from '../../../../../samples/photos/index.ts';
import { render } from '../../../src/adapters/sharp-renderer.ts';
import { defaultPhotoLimits } from '../../../src/domain/photo-limits.ts';

const samples = await samplePhotos();

describe('the sample photos', () => {
  it.each(samples)('$name: $note', async ({ data, expect: expected }) => {
    const outcome = await render(data, defaultPhotoLimits);

    expect(outcome).toMatchObject(
      expected === 'published' ? { outcome: 'RENDERED' } : { outcome: 'REJECTED', reason: expected.rejected },
    );
  });

  it.each([
    ['bar-wine.jpg', { width: 2560, height: 3837, camera: 'Happy Phone 3', takenAt: '2026-05-17T14:03:09+02:00' }],
    ['cafe-dogs.jpg', { width: 1364, height: 2048, camera: 'Happy Phone 3', takenAt: '2026-05-23T10:41:55+02:00' }],
    ['park-creek.jpg', { width: 1600, height: 1065, camera: 'Happy Camera', takenAt: '2026-04-04T17:20:31' }],
    ['park-creek-24-megapixels.jpg', { width: 4000, height: 6000 }],
  ])('tell the facts of %s upright', async (name, facts) => {
    const data = samples.find((photo) => photo.name === name)?.data ?? Buffer.alloc(0);

    expect(await render(data, defaultPhotoLimits)).toMatchObject(facts);
  });

  it('each have their source and licence written down', async () => {
    const sources = await readFile(new URL('../../../../../samples/photos/SOURCES.md', import.meta.url), 'utf8');
    const published = samples.filter(({ expect: expected, name }) => expected === 'published' && !/24-mega/.test(name));

    for (const { name } of published)
      expect(sources).toMatch(new RegExp(`^\\| ${name} .*(CC0|CC BY|public domain)`, 'm'));
  });
});
