import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { decode } from '../../../src/map/basemap.ts';
import { clip, makeBasemap } from '../../../tools/basemap.ts';

it('cuts a shape at the edges of a cell', () => {
  const square = [
    [-5, -5],
    [5, -5],
    [5, 5],
    [-5, 5],
  ] as const;
  const corners = clip(square, 0, 0).map(([lng, lat]) => `${lng + 0},${lat + 0}`);
  expect(new Set(corners)).toEqual(new Set(['0,0', '5,0', '5,5', '0,5']));
  expect(clip(square, 20, 0)).toEqual([]);
});

it('has the coast of Barcelona where it is', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'basemap-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  expect(await makeBasemap(folder)).toBe((await readdir(folder)).length - 1);
  const rings: number[][] = JSON.parse(await readFile(join(folder, '0_30.json'), 'utf8'));
  const isLand = (lat: number, lng: number) =>
    rings.filter((ring) => surrounds(decode(ring), lat, lng)).length % 2 === 1;
  expect(isLand(41.42, 2.1)).toBe(true);
  expect(isLand(41.3, 2.4)).toBe(false);
}, 30_000);

/** Counts the edges that lie east of a point. */
function surrounds(ring: [lat: number, lng: number][], lat: number, lng: number): boolean {
  let inside = false;
  for (const [index, [y, x]] of ring.entries()) {
    const [beforeY, beforeX] = ring.at(index - 1) ?? [y, x];
    if (y > lat !== beforeY > lat && lng < ((beforeX - x) * (lat - y)) / (beforeY - y) + x) inside = !inside;
  }
  return inside;
}
