import fc from 'fast-check';
import ngeohash from 'ngeohash';
import { describe, expect, it } from 'vitest';
import {
  cellPrecision,
  distanceKm,
  findNearby,
  type NearbyPosition,
  type NearbyQuery,
  placePrecision,
  type ReadCell,
} from '../../../src/domain/nearby.ts';
import type { NearbyPlace, Place, PlaceType } from '../../../src/domain/place.ts';

const kmPerDegree = 111.195;

const placeAt = (placeId: string, lat: number, lng: number, type: PlaceType = 'park'): Place => ({
  placeId,
  name: `Place ${placeId}`,
  type,
  lat,
  lng,
  address: 'Somewhere',
});

/** Answers like the index: by geohash prefix, in the order of the sort key, at most `limit`. Counts what it is asked. */
function placeIndex(places: readonly Place[]) {
  const cells = new Map<string, { sortKey: string; place: Place }[]>();
  for (const place of places) {
    const geohash = ngeohash.encode(place.lat, place.lng, placePrecision);
    for (let length = cellPrecision; length <= placePrecision; length += 1) {
      const prefix = geohash.slice(0, length);
      const cell = cells.get(prefix) ?? [];
      cells.set(prefix, cell);
      cell.push({ sortKey: `${geohash}#${place.placeId}`, place });
    }
  }
  for (const cell of cells.values()) cell.sort((a, b) => (a.sortKey < b.sortKey ? -1 : 1));

  const asked = { reads: 0, places: 0, largestLimit: 0 };
  const readCell: ReadCell = async (geohash, limit) => {
    const found = cells.get(geohash) ?? [];
    const given = found.slice(0, limit).map(({ place }) => place);
    asked.reads += 1;
    asked.places += given.length;
    asked.largestLimit = Math.max(asked.largestLimit, limit);
    return { places: given, truncated: found.length > limit };
  };
  return { readCell, asked };
}

/** What the search must find: every place measured, without an index. */
function bruteForce(places: readonly Place[], { lat, lng, radiusKm, type }: NearbyQuery): NearbyPlace[] {
  return places
    .map((place) => ({ ...place, distanceKm: Math.round(distanceKm({ lat, lng }, place) * 1000) / 1000 }))
    .filter((place) => place.distanceKm <= radiusKm && (type === undefined || place.type === type))
    .sort((a, b) => a.distanceKm - b.distanceKm || (a.placeId < b.placeId ? -1 : 1));
}

/** Follows the cursors to the last page; gives up after `maxPages`, so that a search that goes in circles fails. */
async function allPages(query: NearbyQuery, readCell: ReadCell, maxPages = 50): Promise<NearbyPlace[][]> {
  const pages: NearbyPlace[][] = [];
  let after: NearbyPosition | undefined;
  do {
    const { places, next } = await findNearby({ ...query, after }, readCell);
    pages.push(places);
    after = next;
  } while (after !== undefined && pages.length < maxPages);
  return pages;
}

/** Evenly spread, unlike fc.double, which draws tiny numbers most of the time. */
const between = (min: number, max: number) =>
  fc.integer({ min: 0, max: 1_000_000 }).map((part) => min + (part / 1_000_000) * (max - min));

const wrapped = (lng: number) => ((((lng + 180) % 360) + 360) % 360) - 180;
const clamped = (lat: number) => Math.max(-90, Math.min(90, lat));

/** A search and places around it, half of them about where the radius ends. */
function searches(centre: { lat: fc.Arbitrary<number>; lng: fc.Arbitrary<number> }, maxRadiusKm: number) {
  const types = fc.constantFrom<PlaceType>('park', 'restaurant', 'bar');
  return fc
    .record({
      ...centre,
      radiusKm: between(0.05, maxRadiusKm),
      limit: fc.integer({ min: 1, max: 20 }),
      type: fc.option(types, { nil: undefined }),
    })
    .chain((query) => {
      const reach = (query.radiusKm / kmPerDegree) * 1.3;
      const shrink = Math.max(Math.cos((query.lat * Math.PI) / 180), 0.002);
      const offset = between(-1, 1);
      const spot = fc
        .tuple(offset, offset)
        .map(
          ([north, east]) =>
            [clamped(query.lat + north * reach), wrapped(query.lng + (east * reach) / shrink)] as const,
        );
      const spots = fc.array(fc.tuple(spot, types, fc.integer({ min: 1, max: 3 })), { maxLength: 40 });
      // Up to three places share one spot: equally far away, only their ids order them.
      const places = spots.map((list) =>
        list.flatMap(([[lat, lng], type, copies], index) =>
          Array.from({ length: copies }, (_, copy) =>
            placeAt(`p${(index * 7919 + copy * 31) % 1009}-${index}-${copy}`, lat, lng, type),
          ),
        ),
      );
      return fc.record({ query: fc.constant(query), places });
    });
}

async function expectBruteForceOrder({ query, places }: { query: NearbyQuery; places: readonly Place[] }) {
  const expected = bruteForce(places, query);
  const pages = await allPages(query, placeIndex(places).readCell, expected.length / query.limit + 1);

  expect(pages.flat()).toEqual(expected);
  expect(pages.slice(0, -1).every((page) => page.length === query.limit)).toBe(true);
}

describe('the distance between two points', () => {
  it.each([
    { from: 'London', to: 'Paris', a: [51.5074, -0.1278], b: [48.8566, 2.3522], km: 343.6 },
    { from: 'Sydney', to: 'Los Angeles', a: [-33.8688, 151.2093], b: [34.0522, -118.2437], km: 12_061 },
    { from: 'Fiji', to: 'Samoa, over the date line', a: [-17.7134, 178.065], b: [-13.759, -172.1046], km: 1136 },
    { from: 'pole', to: 'pole', a: [90, 0], b: [-90, 77], km: 20_015 },
  ])('from $from to $to is about $km km', ({ a: [lat = 0, lng = 0], b: [lat2 = 0, lng2 = 0], km }) => {
    const measured = distanceKm({ lat, lng }, { lat: lat2, lng: lng2 });

    expect(Math.abs(measured - km) / km).toBeLessThan(0.005);
  });
});

describe('places nearby', () => {
  it('are those that measuring every place would find, page after page, anywhere people live', async () => {
    const centre = {
      lat: between(-75, 75),
      lng: between(-180, 180),
    };
    await fc.assert(fc.asyncProperty(searches(centre, 25), expectBruteForceOrder), { numRuns: 150 });
  });

  it('are found on both sides of the date line', async () => {
    const centre = {
      lat: between(-60, 60),
      lng: between(-0.2, 0.2).map((offset) => wrapped(180 + offset)),
    };
    await fc.assert(fc.asyncProperty(searches(centre, 25), expectBruteForceOrder), { numRuns: 60 });
  });

  it('are found all around a pole', async () => {
    const centre = {
      lat: fc.constantFrom(-90, -89.999, 89.995, 90),
      lng: fc.constantFrom(-180, -77.5, 0, 180),
    };
    await fc.assert(fc.asyncProperty(searches(centre, 1), expectBruteForceOrder), { numRuns: 10 });
  });

  it('crosses from +180 to -180: the same meridian', async () => {
    const { readCell } = placeIndex([
      placeAt('east', 10, 179.999),
      placeAt('west', 10, -179.999),
      placeAt('on', 10, 180),
    ]);

    const { places } = await findNearby({ lat: 10, lng: -180, radiusKm: 1, limit: 10 }, readCell);

    expect(places.map(({ placeId }) => placeId)).toEqual(['on', 'east', 'west']);
  });

  it('say how far away each one is, in kilometres to the metre', async () => {
    const { readCell } = placeIndex([placeAt('a', 51.5273, -0.1536)]);

    const { places } = await findNearby({ lat: 51.5173, lng: -0.1536, radiusKm: 5, limit: 1 }, readCell);

    expect(places).toEqual([{ ...placeAt('a', 51.5273, -0.1536), distanceKm: 1.112 }]);
  });

  it('are not lost between pages when an unread cell holds one that is as far, to the metre, and first by its id', async () => {
    // The first is just behind the edge of a cell that a search for one place has no need to read for the other two.
    const { readCell } = placeIndex([
      placeAt('a', 10.107421876, 20),
      placeAt('b', 9.942120355562404, 19.9951161875),
      placeAt('c', 9.942120355562404, 19.9951161875),
    ]);

    const pages = await allPages({ lat: 10.0247, lng: 20, radiusKm: 25, limit: 1 }, readCell);

    expect(pages.flat().map(({ placeId, distanceKm }) => [placeId, distanceKm])).toEqual([
      ['a', 9.198],
      ['b', 9.198],
      ['c', 9.198],
    ]);
  });

  it('end without a cursor when the last page is exactly full', async () => {
    const { readCell } = placeIndex([placeAt('a', 0.001, 0), placeAt('b', 0.002, 0)]);

    expect(await findNearby({ lat: 0, lng: 0, radiusKm: 5, limit: 2 }, readCell)).not.toHaveProperty('next');
  });

  it('fails when the index cannot be read, instead of showing less', async () => {
    const unreadable: ReadCell = () => Promise.reject(new Error('throttled'));

    await expect(findNearby({ lat: 0, lng: 0, radiusKm: 1, limit: 1 }, unreadable)).rejects.toThrow('throttled');
  });
});

describe('the work of a search', () => {
  /** A city: 6,000 places on a grid of about 2 km, all of them in one or two cells of the index. */
  const city = Array.from({ length: 6000 }, (_, n) =>
    placeAt(`city-${String(n).padStart(4, '0')}`, 48.85 + (n % 77) * 0.00025, 2.34 + Math.floor(n / 77) * 0.00035),
  );

  it('stays small in the middle of a dense city', async () => {
    const { readCell, asked } = placeIndex(city);
    const query = { lat: 48.8596, lng: 2.3537, radiusKm: 25, limit: 20 };

    const { places } = await findNearby(query, readCell);

    expect(places).toEqual(bruteForce(city, query).slice(0, 20));
    expect(asked.reads).toBeLessThan(100);
    expect(asked.places).toBeLessThan(6000);
    expect(asked.largestLimit).toBeLessThanOrEqual(200);
  });

  it('finds every place of a dense city by its cursors, each once', async () => {
    const { readCell } = placeIndex(city);
    const query = { lat: 48.8596, lng: 2.3537, radiusKm: 0.5, limit: 100 };

    const found = (await allPages(query, readCell)).flat().map(({ placeId }) => placeId);

    expect(found).toEqual(bruteForce(city, query).map(({ placeId }) => placeId));
    expect(found.length).toBeGreaterThan(500);
  });

  it.each([
    { where: 'at the equator', lat: 0, atMost: 150 },
    { where: 'in London', lat: 51.5, atMost: 250 },
    { where: 'in Tromso', lat: 69.65, atMost: 400 },
    { where: 'in Longyearbyen, the northernmost town', lat: 78.2, atMost: 600 },
  ])('reads at most $atMost cells when nobody has added a place $where', async ({ lat, atMost }) => {
    const { readCell, asked } = placeIndex([]);

    const { places } = await findNearby({ lat, lng: 15, radiusKm: 25, limit: 20 }, readCell);

    expect(places).toEqual([]);
    expect(asked.reads).toBeLessThanOrEqual(atMost);
  });
});
