/**
 * Makes the basemap that is shown where no tile server is configured: Natural Earth's land at 1:10 million (public domain),
 * cut into cells of twenty degrees so that a visitor loads the one or two that are looked at, and the whole world at
 * 1:110 million for when the map is zoomed out.
 *
 * A file is a list of rings. A ring is a list of whole numbers, longitude and latitude in turn, each the difference to the
 * one before in thousandths of a degree (about 100 m).
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { feature } from 'topojson-client';

type Point = readonly [lng: number, lat: number];
type Ring = readonly Point[];

export const cellDegrees = 20;
const perDegree = 1000;
const require = createRequire(import.meta.url);

/** Writes the files, unless they are there already. @returns how many there are */
export async function makeBasemap(folder: string): Promise<number> {
  const source = require.resolve('world-atlas/land-10m.json');
  const { version } = JSON.parse(await readFile(require.resolve('world-atlas/package.json'), 'utf8'));
  const mark = join(folder, 'made-from.txt');
  const made = `world-atlas ${version}, ${cellDegrees} degrees, format 1\n`;
  if ((await readFile(mark, 'utf8').catch(() => '')).startsWith(made)) return 0;

  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const world = await landOf(require.resolve('world-atlas/land-110m.json'));
  await writeFile(join(folder, 'world.json'), encode(world));
  const cells = new Map<string, Ring[]>();
  for (const ring of await landOf(source)) {
    for (const [west, south] of cellsOf(ring)) {
      const name = `${west}_${south}`;
      const inside = clip(ring, west, south);
      if (inside.length > 2) cells.set(name, [...(cells.get(name) ?? []), inside]);
    }
  }
  for (const [name, rings] of cells) await writeFile(join(folder, `${name}.json`), encode(rings));
  await writeFile(mark, made);
  return cells.size + 1;
}

async function landOf(file: string): Promise<Ring[]> {
  const topology: Parameters<typeof feature>[0] = JSON.parse(await readFile(file, 'utf8'));
  const { land } = topology.objects;
  if (land?.type !== 'GeometryCollection') throw new Error(`${file} holds no land`);
  return feature(topology, land).features.flatMap(({ geometry }) => {
    if (geometry.type === 'Polygon') return geometry.coordinates as unknown as Ring[];
    if (geometry.type === 'MultiPolygon') return geometry.coordinates.flat() as unknown as Ring[];
    return [];
  });
}

/** South-west corners of the cells that a ring may touch. */
function cellsOf(ring: Ring): [west: number, south: number][] {
  const corner = (values: readonly number[], choose: (a: number, b: number) => number) =>
    Math.floor(values.reduce((a, b) => choose(a, b)) / cellDegrees) * cellDegrees;
  const lngs = ring.map(([lng]) => lng);
  const lats = ring.map(([, lat]) => lat + 90);
  const [west, east] = [corner(lngs, Math.min), Math.min(corner(lngs, Math.max), 180 - cellDegrees)];
  const [south, north] = [corner(lats, Math.min) - 90, corner(lats, Math.max) - 90];
  const found: [number, number][] = [];
  for (let lng = west; lng <= east; lng += cellDegrees)
    for (let lat = south; lat <= north; lat += cellDegrees) found.push([lng, lat]);
  return found;
}

/** What of a ring lies in a cell, by Sutherland and Hodgman: one side of the cell after the other cuts something off. */
export function clip(ring: Ring, west: number, south: number): Ring {
  const [east, north] = [west + cellDegrees, south + cellDegrees];
  let left = cut(ring, ([lng]) => lng - west);
  left = cut(left, ([lng]) => east - lng);
  left = cut(left, ([, lat]) => lat - south);
  return cut(left, ([, lat]) => north - lat);
}

/** Keeps what is on the positive side of a line. */
function cut(ring: Ring, side: (point: Point) => number): Ring {
  return ring.flatMap((point, index) => {
    const before = ring.at(index - 1) ?? point;
    const [from, to] = [side(before), side(point)];
    const crossing = (): Point => {
      const part = from / (from - to);
      return [before[0] + part * (point[0] - before[0]), before[1] + part * (point[1] - before[1])];
    };
    if (to >= 0) return from >= 0 ? [point] : [crossing(), point];
    return from >= 0 ? [crossing()] : [];
  });
}

function encode(rings: readonly Ring[]): string {
  const encoded = rings.map((ring) => {
    const numbers: number[] = [];
    let [lastLng, lastLat] = [0, 0];
    for (const [lng, lat] of ring) {
      const [x, y] = [Math.round(lng * perDegree), Math.round(lat * perDegree)];
      if (numbers.length > 0 && x === lastLng && y === lastLat) continue;
      numbers.push(x - lastLng, y - lastLat);
      [lastLng, lastLat] = [x, y];
    }
    return numbers;
  });
  return JSON.stringify(encoded.filter((numbers) => numbers.length > 4));
}
