import ngeohash from 'ngeohash';
import type { NearbyPlace, Place, PlaceType } from './place.ts';

/** Length of the geohash that is a partition of the index: a cell of about 4.9 km. */
export const cellPrecision = 5;
/** Length of the geohash a place is sorted by: about 5 m. */
export const placePrecision = 9;

/** Most places one search compares; the nearest come first, so a cut never hides a nearer one. */
const maxCandidates = 200;
/** Cells read at the same time. */
const cellsPerWave = 16;
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
 * with more places than are wanted is read again as its 32 sub-cells, so that density changes the work, not the answer.
 */
export async function findNearby(
  query: NearbyQuery,
  readCell: ReadCell,
): Promise<{ places: NearbyPlace[]; next?: NearbyPosition }> {
  const candidates: NearbyPlace[] = [];
  let frontier = cellsAround(query).sort(byDistance);

  while (frontier.length > 0 && !isSettled(candidates, query.limit, frontier[0]?.distanceKm ?? 0)) {
    const wave = frontier.slice(0, cellsPerWave);
    frontier = frontier.slice(cellsPerWave);
    const read = await Promise.all(
      wave.map(async (cell) => ({ cell, ...(await readCell(cell.geohash, maxCandidates)) })),
    );
    for (const { cell, places, truncated } of read) {
      if (truncated && cell.geohash.length < placePrecision) frontier.push(...childrenOf(cell.geohash, query));
      else
        candidates.push(...places.map((place) => withDistance(place, query)).filter((place) => belongs(place, query)));
    }
    frontier.sort(byDistance);
    candidates.sort(byPosition);
  }

  const places = candidates.slice(0, Math.min(query.limit, maxCandidates));
  const last = places.at(-1);
  return last && candidates.length > places.length
    ? { places, next: { distanceKm: last.distanceKm, placeId: last.placeId } }
    : { places };
}

/** Great-circle distance in kilometres, by the haversine formula on a sphere of {@link earthRadiusKm}. */
export function distanceKm(from: { lat: number; lng: number }, to: { lat: number; lng: number }): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const latHalf = Math.sin(radians(to.lat - from.lat) / 2);
  const lngHalf = Math.sin(radians(to.lng - from.lng) / 2);
  const h = latHalf ** 2 + Math.cos(radians(from.lat)) * Math.cos(radians(to.lat)) * lngHalf ** 2;
  return 2 * earthRadiusKm * Math.asin(Math.min(1, Math.sqrt(h)));
}

/**
 * One more than the page is enough: it tells whether there is a next page. An unread cell may still hold a place that is
 * as far, once rounded, and comes first by its id.
 */
function isSettled(candidates: readonly NearbyPlace[], limit: number, nextCellKm: number): boolean {
  const decisive = candidates[Math.min(limit, maxCandidates - 1)];
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

function reachable(geohashes: readonly string[], query: NearbyQuery): Cell[] {
  return geohashes
    .map((geohash) => ({ geohash, distanceKm: distanceToCellKm(query, geohash) }))
    .filter((cell) => cell.distanceKm <= query.radiusKm + roundingKm);
}

/** Never more than the true distance to any place in the cell, or a nearer place could be passed over. */
function distanceToCellKm(from: { lat: number; lng: number }, geohash: string): number {
  const [south, west, north, east] = ngeohash.decode_bbox(geohash);
  const lat = Math.min(Math.max(from.lat, south), north);
  const halfWidth = (east - west) / 2;
  const fromMiddle = Math.abs(((from.lng - (west + halfWidth) + 540) % 360) - 180);
  const lngGap = Math.max(0, fromMiddle - halfWidth);
  if (lngGap === 0) return Math.abs(from.lat - lat) * kmPerDegree;
  // On a sphere the nearest point of a meridian is not at the same latitude: take the smaller of a bound and the corners.
  const corners = [south, north, lat].map((cornerLat) => distanceKm(from, { lat: cornerLat, lng: from.lng + lngGap }));
  const crossTrackKm =
    earthRadiusKm * Math.asin(Math.min(1, Math.sin((lngGap * Math.PI) / 180) * Math.cos((from.lat * Math.PI) / 180)));
  return lngGap < 90 ? Math.min(crossTrackKm, ...corners) : Math.min(...corners);
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
