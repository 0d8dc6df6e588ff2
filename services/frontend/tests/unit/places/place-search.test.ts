import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { fakeFetch, json } from '../fake-fetch.ts';
import { testConfig } from '../test-config.ts';

const place = (placeId: string, name = placeId, address = 'Barcelona') => ({
  placeId,
  name,
  type: 'park' as const,
  lat: 41.39,
  lng: 2.16,
  address,
  distanceKm: 1,
});

/** A page that has just been opened. */
async function openPage(businessType: 'parks' | 'restaurants' = 'parks') {
  const { setRuntimeConfig } = await import('../../../src/runtime-config.ts');
  setRuntimeConfig({ ...testConfig, businessType });
  const { usePlaceSearch } = await import('../../../src/places/place-search.ts');
  return usePlaceSearch();
}

beforeEach(() => {
  vi.resetModules();
});
afterEach(() => vi.unstubAllGlobals());

const queries = (sent: { url: string }[]) => sent.map(({ url }) => url.split('?')[1]);

it('starts with the kind of place that the configuration is about', async () => {
  const sent = fakeFetch(() => json(200, { locations: [] }));
  const places = await openPage('restaurants');
  await places.look({});
  expect(queries(sent)).toEqual(['lat=41.39&lng=2.16&radiusKm=5&type=restaurant']);
});

it('goes on with the cursor of the same search, and anew with another', async () => {
  const sent = fakeFetch(({ url }) =>
    url.includes('cursor=c2')
      ? json(200, { locations: [place('b')] })
      : json(200, { locations: [place('a')], cursor: 'c2' }),
  );
  const places = await openPage();
  await places.look({});
  await places.more();
  expect(places.found.value.map(({ placeId }) => placeId)).toEqual(['a', 'b']);
  await places.look({ filter: 'all', radiusKm: 25 });
  expect(queries(sent)).toEqual([
    'lat=41.39&lng=2.16&radiusKm=5&type=park',
    'lat=41.39&lng=2.16&radiusKm=5&type=park&cursor=c2',
    'lat=41.39&lng=2.16&radiusKm=25',
  ]);
  expect(places.found.value.map(({ placeId }) => placeId)).toEqual(['a']);
});

it('keeps its list for whoever comes back to the same search', async () => {
  const sent = fakeFetch(() => json(200, { locations: [place('a')] }));
  await (await openPage()).look({});
  await (await openPage()).look({ centre: { lat: 41.39, lng: 2.16 } });
  expect(sent).toHaveLength(1);
});

it('finds names whatever their accents and case, word by word', async () => {
  const { withName } = await import('../../../src/places/place-search.ts');
  const places = [place('a', 'Park Güell'), place('b', 'Parc de Joan Miró', "Carrer d'Aragó")];
  const found = (name: string) => withName(places, name).map(({ placeId }) => placeId);
  expect(found('guell')).toEqual(['a']);
  expect(found('MIRO  parc')).toEqual(['b']);
  expect(found('arago')).toEqual(['b']);
  expect(found(' ')).toEqual(['a', 'b']);
  expect(found('güell miró')).toEqual([]);
});

it('has an address for every search, and the usual one for nothing in particular', async () => {
  await openPage();
  const { queryOf, searchOf } = await import('../../../src/places/place-search.ts');
  const usual = { centre: { lat: 41.39, lng: 2.16 }, filter: 'park' as const, radiusKm: 5 };
  const other = { centre: { lat: -33.86, lng: 151.21 }, filter: 'all' as const, radiusKm: 25 };
  expect(queryOf(usual)).toEqual({});
  expect(searchOf({})).toEqual(usual);
  expect(queryOf(other)).toEqual({ near: '-33.86,151.21', type: 'all', km: '25' });
  expect(searchOf(queryOf(other))).toEqual(other);
  expect(queryOf({ ...usual, centre: { lat: 41.40312, lng: 2.17435 } })).toEqual({ near: '41.403,2.174' });
  expect(searchOf({ near: '41.40312,2.17435' }).centre).toEqual({ lat: 41.403, lng: 2.174 });
  expect(searchOf({ near: 'nowhere', type: 'castle', km: '7' })).toEqual(usual);
});

it('turns to another kind of place with the business', async () => {
  const places = await openPage();
  const { searchOf } = await import('../../../src/places/place-search.ts');
  places.setBusiness('restaurants');
  expect(searchOf({}).filter).toBe('restaurant');
});
