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

  const asked = { reads: 0, places: 0, largestLimit: 0, cells: [] as string[] };
  const readCell: ReadCell = async (geohash, limit) => {
    const found = cells.get(geohash) ?? [];
    const given = found.slice(0, limit).map(({ place }) => place);
    asked.reads += 1;
    asked.cells.push(geohash);
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

/** A search's page, and what it cost. */
interface Page {
  readonly places: readonly NearbyPlace[];
  readonly next?: NearbyPosition;
  readonly reads: number;
  readonly cells: readonly string[];
}

/** Every page of a search whose pages may be short; gives up after `maxPages`. */
async function boundedPages(query: NearbyQuery, places: readonly Place[], maxPages = 50): Promise<Page[]> {
  const pages: Page[] = [];
  let after: NearbyPosition | undefined;
  do {
    const { readCell, asked } = placeIndex(places);
    const page = await findNearby({ ...query, after }, readCell);
    pages.push({ ...page, reads: asked.reads, cells: asked.cells });
    after = page.next;
  } while (after !== undefined && pages.length < maxPages);
  return pages;
}

/** Distance to the nearest of many points along a cell's sides: a little more than to the cell itself. */
function sampledDistanceKm(from: { lat: number; lng: number }, geohash: string): number {
  const [south, west, north, east] = ngeohash.decode_bbox(geohash);
  if (from.lat >= south && from.lat <= north && from.lng >= west && from.lng <= east) return 0;
  const points = Array.from({ length: 101 }, (_, n) => n / 100).flatMap((part) => {
    const [lat, lng] = [south + part * (north - south), west + part * (east - west)];
    return [
      { lat, lng: west },
      { lat, lng: east },
      { lat: south, lng },
      { lat: north, lng },
    ];
  });
  return Math.min(...points.map((point) => distanceKm(from, point)));
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

  it('are found as far north and south as the API takes, though pages may be short there', async () => {
    const centre = {
      lat: fc.oneof(fc.constantFrom(-85, 85), between(-85, -78), between(78, 85)),
      lng: fc.oneof(fc.constantFrom(-180, 0, 180), between(-180, 180)),
    };
    await fc.assert(
      fc.asyncProperty(searches(centre, 25), async ({ query, places }) => {
        const expected = bruteForce(places, query);
        const pages = await boundedPages(query, places, expected.length + 20);

        expect(pages.flatMap((page) => page.places)).toEqual(expected);
        expect(Math.max(...pages.map((page) => page.places.length))).toBeLessThanOrEqual(query.limit);
      }),
      { numRuns: 25 },
    );
  });

  it('are all found on one spot with up to 1000 of them, and no more are looked through', async () => {
    const crowd = Array.from({ length: 1001 }, (_, n) => placeAt(`p${String(n).padStart(4, '0')}`, 48.85, 2.34));
    const query = { lat: 48.85, lng: 2.34, radiusKm: 0.1, limit: 100 };

    const thousand = await allPages(query, placeIndex(crowd.slice(0, 1000)).readCell);
    expect(thousand.flat()).toHaveLength(1000);

    const { readCell, asked } = placeIndex(crowd);
    expect((await allPages(query, readCell)).flat()).toEqual(thousand.flat());
    expect(asked.largestLimit).toBe(1000);
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
    { where: 'at the equator', lat: 0 },
    { where: 'in London', lat: 51.5 },
    { where: 'in Longyearbyen, the northernmost town', lat: 78.2 },
    { where: 'as far south as the API takes', lat: -85 },
  ])('reads no cell that does not reach into the radius, $where', async ({ lat }) => {
    const query = { lat, lng: 15.01, radiusKm: 25, limit: 20 };

    const pages = await boundedPages(query, []);

    const farthest = Math.max(...pages.flatMap(({ cells }) => cells.map((cell) => sampledDistanceKm(query, cell))));
    expect(farthest).toBeLessThan(25.01);
  });

  it('is bounded for one page: as far north as the API takes, the pages go on where the one before stopped', async () => {
    const query = { lat: 85, lng: 15, radiusKm: 25, limit: 20 };
    const far = placeAt('far', 85.2, 15);

    const pages = await boundedPages(query, [far]);

    expect(pages.length).toBeGreaterThan(1);
    for (const { reads } of pages) expect(reads).toBeLessThan(400 + 16);
    expect(pages[0]).toMatchObject({ places: [], next: { distanceKm: expect.any(Number), placeId: '' } });
    const reached = pages.flatMap(({ next }) => (next ? [next.distanceKm] : []));
    expect(reached).toEqual([...new Set(reached)].toSorted((a, b) => a - b));
    expect(pages.flatMap(({ places }) => places)).toMatchObject([{ placeId: 'far' }]);
  });

  it('that was cut short shows what it is sure of, and the next page the rest: nothing twice, nothing left out', async () => {
    const line = Array.from({ length: 100 }, (_, n) => placeAt(`p${n}`, 84.9 - (n * 0.249) / kmPerDegree, 15));
    const query = { lat: 84.9, lng: 15, radiusKm: 25, limit: 100 };

    const pages = await boundedPages(query, line);

    const [first] = pages;
    expect(first?.places.length).toBeGreaterThan(0);
    expect(first?.places.length).toBeLessThan(100);
    expect(first?.next?.placeId).toBe('');
    expect(pages.flatMap(({ places }) => places)).toEqual(bruteForce(line, query));
  });

  it('does not begin anew with each page: no cell is read more than twice on average', async () => {
    const query = { lat: 85, lng: 15, radiusKm: 25, limit: 20 };

    const read = (await boundedPages(query, [])).flatMap(({ cells }) => cells);

    expect(read.length).toBeLessThan(2 * new Set(read).size);
  });

  it('leaves out the cells that lie wholly before the cursor, and no other', async () => {
    const query = { lat: 51.5, lng: -0.15, radiusKm: 25, limit: 20 };
    const all = placeIndex([]);
    await findNearby(query, all.readCell);
    const behind = placeIndex([]);

    await findNearby({ ...query, after: { distanceKm: 15, placeId: '' } }, behind.readCell);

    const farthestKm = (geohash: string) => {
      const [south, west, north, east] = ngeohash.decode_bbox(geohash);
      const corners = [south, north].flatMap((lat) => [west, east].map((lng) => distanceKm(query, { lat, lng })));
      return Math.max(...corners);
    };
    expect(behind.asked.cells.toSorted()).toEqual(all.asked.cells.filter((cell) => farthestKm(cell) >= 15).toSorted());
    expect(behind.asked.reads).toBeLessThan(all.asked.reads);
  });

  it('is bounded for one page where a rare kind of place is looked for in a dense city, and the rare one is found', async () => {
    // Five cells of the index, each with many more places than are read at once.
    const bars = Array.from({ length: 30_000 }, (_, n) =>
      placeAt(`bar-${n}`, 48.75 + (n % 173) * 0.0012, 2.2 + Math.floor(n / 173) * 0.0017, 'bar'),
    );
    const museum = placeAt('museum', 48.75, 2.2, 'museum');
    const query = { lat: 48.86, lng: 2.35, radiusKm: 25, limit: 20, type: 'museum' as const };

    const pages = await boundedPages(query, [...bars, museum]);

    expect(pages.length).toBeGreaterThan(1);
    for (const { reads } of pages) expect(reads).toBeLessThan(400 + 16);
    expect(pages.flatMap(({ places }) => places)).toMatchObject([{ placeId: 'museum' }]);
  });

  it.each([
    { where: 'at the equator', lat: 0, atMost: 150 },
    { where: 'in London', lat: 51.5, atMost: 250 },
    { where: 'in Tromso', lat: 69.65, atMost: 400 },
  ])('reads at most $atMost cells when nobody has added a place $where', async ({ lat, atMost }) => {
    const { readCell, asked } = placeIndex([]);

    const { places } = await findNearby({ lat, lng: 15, radiusKm: 25, limit: 20 }, readCell);

    expect(places).toEqual([]);
    expect(asked.reads).toBeLessThanOrEqual(atMost);
  });
});
