import ngeohash from 'ngeohash';
import type { NearbyPlace, Place, PlaceType } from './place.ts';

/** Length of the geohash that is a partition of the index: a cell of about 4.9 km. */
export const cellPrecision = 5;
/** Length of the geohash a place is sorted by: about 5 m. */
export const placePrecision = 9;

/** A cell with more places than this is read as its 32 sub-cells instead. */
const placesPerCell = 200;
/** More places than this on one spot of {@link placePrecision} are not looked through. */
const placesPerSpot = 1000;
/** Cells read at the same time. */
const cellsPerWave = 16;
/** Cells one page may read. Reached far north, and where a rare type is looked for in a dense city. */
const cellsPerPage = 400;
/** Distances are given to the metre. */
const roundingKm = 0.001;
const base32 = '0123456789bcdefghjkmnpqrstuvwxyz';
const earthRadiusKm = 6371;
const kmPerDegree = (Math.PI * earthRadiusKm) / 180;

export interface NearbyQuery {
  readonly lat: number;
  readonly lng: number;
  readonly radiusKm: number;
  readonly limit: number;
  readonly type?: PlaceType | undefined;
  /** The last place of the page before: this page starts behind it. */
  readonly after?: NearbyPosition | undefined;
}

export interface NearbyPosition {
  readonly distanceKm: number;
  readonly placeId: string;
}

/** Places whose geohash starts with `geohash`, at most `limit`; `truncated` when there are more. */
export type ReadCell = (geohash: string, limit: number) => Promise<{ places: readonly Place[]; truncated: boolean }>;

interface Cell {
  readonly geohash: string;
  /** Distance from the search's centre to the nearest point of the cell. */
  readonly distanceKm: number;
}

/**
 * The places nearest to a point, nearest first.
 *
 * Cells are read outwards from the centre and reading stops as soon as no unread cell can hold a nearer place. A cell
 * with many places is read again as its sub-cells, so that density changes the work, not the answer. The work of one
 * page is bounded: where that is reached a page may be short, or empty, and still have a next one.
 */
export async function findNearby(
  query: NearbyQuery,
  readCell: ReadCell,
): Promise<{ places: NearbyPlace[]; next?: NearbyPosition }> {
  const candidates: NearbyPlace[] = [];
  let frontier = cellsAround(query).sort(byDistance);
  let cellsRead = 0;

  for (let nearest = frontier[0]; nearest !== undefined; nearest = frontier[0]) {
    if (isSettled(candidates, query.limit, nearest.distanceKm)) break;
    const settledKm = Math.floor((nearest.distanceKm - roundingKm) / roundingKm) * roundingKm;
    if (cellsRead >= cellsPerPage && settledKm > (query.after?.distanceKm ?? 0))
      return { places: candidates.filter((place) => place.distanceKm < settledKm), next: startingAt(settledKm) };

    const wave = frontier.slice(0, cellsPerWave);
    frontier = frontier.slice(cellsPerWave);
    cellsRead += wave.length;
    for (const { cell, places, truncated } of await readAll(wave, readCell)) {
      if (truncated && cell.geohash.length < placePrecision) frontier.push(...childrenOf(cell.geohash, query));
      else
        candidates.push(...places.map((place) => withDistance(place, query)).filter((place) => belongs(place, query)));
    }
    frontier.sort(byDistance);
    candidates.sort(byPosition);
  }

  const places = candidates.slice(0, query.limit);
  const last = places.at(-1);
  return last && candidates.length > places.length
    ? { places, next: { distanceKm: last.distanceKm, placeId: last.placeId } }
    : { places };
}

/** Great-circle distance in kilometres, by the haversine formula on a sphere of {@link earthRadiusKm}. */
export function distanceKm(from: { lat: number; lng: number }, to: { lat: number; lng: number }): number {
  const latHalf = Math.sin(radians(to.lat - from.lat) / 2);
  const lngHalf = Math.sin(radians(to.lng - from.lng) / 2);
  const h = latHalf ** 2 + Math.cos(radians(from.lat)) * Math.cos(radians(to.lat)) * lngHalf ** 2;
  return 2 * earthRadiusKm * Math.asin(Math.min(1, Math.sqrt(h)));
}

const radians = (degrees: number) => (degrees * Math.PI) / 180;

/** Every place has an id that sorts behind the empty one. */
const startingAt = (distanceKm: number): NearbyPosition => ({ distanceKm, placeId: '' });

function readAll(cells: readonly Cell[], readCell: ReadCell) {
  return Promise.all(
    cells.map(async (cell) => {
      const limit = cell.geohash.length < placePrecision ? placesPerCell : placesPerSpot;
      return { cell, ...(await readCell(cell.geohash, limit)) };
    }),
  );
}

/**
 * One more than the page is enough: it tells whether there is a next page. An unread cell may still hold a place that is
 * as far, once rounded, and comes first by its id.
 */
function isSettled(candidates: readonly NearbyPlace[], limit: number, nextCellKm: number): boolean {
  const decisive = candidates[limit];
  return decisive !== undefined && decisive.distanceKm + roundingKm < nextCellKm;
}

function cellsAround(query: NearbyQuery): Cell[] {
  const latSpan = query.radiusKm / kmPerDegree;
  const minLat = Math.max(-90, query.lat - latSpan);
  const maxLat = Math.min(90, query.lat + latSpan);
  const widestLat = Math.max(Math.abs(minLat), Math.abs(maxLat));
  const shrink = Math.cos((widestLat * Math.PI) / 180);
  const lngSpan = Math.min(180, query.radiusKm / (kmPerDegree * Math.max(shrink, 1e-6)));
  const geohashes = longitudeRanges(query.lng - lngSpan, query.lng + lngSpan).flatMap(([west, east]) =>
    ngeohash.bboxes(minLat, west, maxLat, east, cellPrecision),
  );
  return reachable([...new Set(geohashes)], query);
}

/** A range across the date line is two ranges. */
function longitudeRanges(west: number, east: number): [number, number][] {
  if (east - west >= 360) return [[-180, 180]];
  if (west < -180)
    return [
      [west + 360, 180],
      [-180, east],
    ];
  if (east > 180)
    return [
      [west, 180],
      [-180, east - 360],
    ];
  return [[west, east]];
}

const childrenOf = (geohash: string, query: NearbyQuery): Cell[] =>
  reachable(
    [...base32].map((character) => geohash + character),
    query,
  );

/** Cells that reach into the radius, and beyond the page before. */
function reachable(geohashes: readonly string[], query: NearbyQuery): Cell[] {
  const afterKm = (query.after?.distanceKm ?? 0) - roundingKm;
  return geohashes.flatMap((geohash) => {
    const { nearestKm, farthestKm } = distancesToCell(query, geohash);
    return nearestKm <= query.radiusKm + roundingKm && farthestKm >= afterKm
      ? [{ geohash, distanceKm: nearestKm }]
      : [];
  });
}

/**
 * Distances to the nearest and to the farthest point of a cell: never more and never less, respectively, than to any
 * place in it, or a place could be passed over.
 */
function distancesToCell(
  from: { lat: number; lng: number },
  geohash: string,
): { nearestKm: number; farthestKm: number } {
  const [south, west, north, east] = ngeohash.decode_bbox(geohash);
  const halfWidth = (east - west) / 2;
  const fromMiddle = Math.abs(((from.lng - (west + halfWidth) + 540) % 360) - 180);
  const toFarSide = Math.min(180, fromMiddle + halfWidth);
  const farthestKm = Math.max(
    ...[south, north].map((lat) => distanceKm(from, { lat, lng: from.lng + toFarSide })),
    // The far corners of a cell that is crossed by the centre's own latitude may be nearer than its side.
    distanceKm(from, { lat: Math.min(Math.max(from.lat, south), north), lng: from.lng + toFarSide }),
  );

  const lngGap = fromMiddle - halfWidth;
  if (lngGap <= 0) {
    const lat = Math.min(Math.max(from.lat, south), north);
    return { nearestKm: Math.abs(from.lat - lat) * kmPerDegree, farthestKm };
  }
  const nearestCorner = Math.min(...[south, north].map((lat) => distanceKm(from, { lat, lng: from.lng + lngGap })));
  // The nearest point of a meridian is not at the same latitude; it counts where it lies on the cell's side.
  const gap = radians(lngGap);
  const footLat = Math.atan2(Math.tan(radians(from.lat)), Math.cos(gap)) / radians(1);
  const isOnSide = lngGap < 90 && footLat >= south && footLat <= north;
  const toSide = earthRadiusKm * Math.asin(Math.min(1, Math.sin(gap) * Math.cos(radians(from.lat))));
  return { nearestKm: isOnSide ? Math.min(toSide, nearestCorner) : nearestCorner, farthestKm };
}

function withDistance(place: Place, query: NearbyQuery): NearbyPlace {
  return { ...place, distanceKm: Math.round(distanceKm(query, place) * 1000) / 1000 };
}

function belongs(place: NearbyPlace, query: NearbyQuery): boolean {
  return (
    place.distanceKm <= query.radiusKm &&
    (query.type === undefined || place.type === query.type) &&
    (query.after === undefined || byPosition(query.after, place) < 0)
  );
}

const byDistance = (a: Cell, b: Cell) => a.distanceKm - b.distanceKm;
const byPosition = (a: NearbyPosition, b: NearbyPosition) =>
  a.distanceKm - b.distanceKm || (a.placeId < b.placeId ? -1 : a.placeId > b.placeId ? 1 : 0);
