import { computed, ref, shallowRef } from 'vue';
import { api } from '../api/client.ts';
import { type NearbyPlace, PlacePage, type PlaceType, placeTypes } from '../api/types.ts';
import { type BusinessType, runtimeConfig } from '../runtime-config.ts';
import { usePaging } from '../ui/paging.ts';
import { type Coordinates, coarse, parseCoordinates } from './coordinates.ts';

export type Filter = PlaceType | 'all';

export const radiiKm = [1, 5, 10, 25] as const;
export const usualRadiusKm = 5;
/** The middle of Barcelona: where the page starts for those who do not tell where they are. */
export const defaultCentre: Coordinates = { lat: 41.39, lng: 2.16 };

/** The kind of place that each line of business is about. */
export const typeOf: Record<BusinessType, PlaceType> = { parks: 'park', restaurants: 'restaurant' };

export interface Search {
  readonly centre: Coordinates;
  readonly filter: Filter;
  readonly radiusKm: number;
}

const sameSearch = (a: Search, b: Search): boolean =>
  a.centre.lat === b.centre.lat && a.centre.lng === b.centre.lng && a.filter === b.filter && a.radiusKm === b.radiusKm;

const chosenBusiness = ref<BusinessType>();
const search = shallowRef<Search>();
const nameFilter = ref('');

const paging = usePaging<NearbyPlace>(
  async (cursor, signal) => {
    const { centre, filter, radiusKm } = currentSearch();
    const type = filter === 'all' ? undefined : filter;
    const query = { lat: centre.lat, lng: centre.lng, radiusKm, type, cursor };
    const page = await api.get('/locations', PlacePage, { query, signal });
    return { items: page.locations, cursor: page.cursor };
  },
  ({ placeId }) => placeId,
);

const business = computed(() => chosenBusiness.value ?? runtimeConfig().businessType);

function currentSearch(): Search {
  return search.value ?? usualSearch();
}

function usualSearch(): Search {
  return { centre: defaultCentre, filter: typeOf[business.value], radiusKm: usualRadiusKm };
}

type Query = Readonly<Record<string, unknown>>;

/** The search that an address stands for: what it does not say, or says wrongly, is as usual. */
export function searchOf({ near, type, km }: Query): Search {
  const usual = usualSearch();
  const centre = typeof near === 'string' ? parseCoordinates(near) : undefined;
  return {
    centre: centre ? coarse(centre) : usual.centre,
    filter: [...placeTypes, 'all' as const].find((each) => each === type) ?? usual.filter,
    radiusKm: radiiKm.find((each) => String(each) === km) ?? usual.radiusKm,
  };
}

/** The address of a search: it can be kept, shared and gone back to, and says only about where somebody is. */
export function queryOf({ centre: exact, filter, radiusKm }: Search): Record<string, string> {
  const usual = usualSearch();
  const centre = coarse(exact);
  const isUsualCentre = centre.lat === usual.centre.lat && centre.lng === usual.centre.lng;
  return {
    ...(!isUsualCentre && { near: `${centre.lat},${centre.lng}` }),
    ...(filter !== usual.filter && { type: filter }),
    ...(radiusKm !== usual.radiusKm && { km: String(radiusKm) }),
  };
}

const plain = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/** The places whose name or address holds every word, whatever their accents. */
export function withName(places: readonly NearbyPlace[], name: string): readonly NearbyPlace[] {
  const words = plain(name).split(/\s+/).filter(Boolean);
  if (words.length === 0) return places;
  return places.filter((place) => {
    const text = plain(`${place.name} ${place.address}`);
    return words.every((word) => text.includes(word));
  });
}

const shown = computed(() => withName(paging.items.value, nameFilter.value));

/** The search for places. One for the whole page: whoever comes back from a place finds the list as it was left. */
export function usePlaceSearch() {
  return {
    business,
    search: computed(currentSearch),
    /** The way back to it. */
    address: computed(() => ({ name: 'places', query: queryOf(currentSearch()) })),
    nameFilter,
    /** The places found, and of those the ones with the name looked for. */
    found: paging.items,
    shown,
    loading: paging.loading,
    loaded: paging.loaded,
    problem: paging.problem,
    hasMore: paging.hasMore,
    more: paging.more,
    /** Looks for something else, unless it is the same. */
    async look(changes: Partial<Search>): Promise<void> {
      const next = { ...currentSearch(), ...changes };
      const changed = !sameSearch(next, currentSearch());
      search.value = next;
      if (changed) paging.reset();
      if (!paging.loaded.value) await paging.more();
    },
    /** Turns to another line of business, and to its kind of place. */
    setBusiness(type: BusinessType): void {
      chosenBusiness.value = type;
    },
    /** Reads everything anew, as after a place has been added. */
    async again(): Promise<void> {
      paging.reset();
      await paging.more();
    },
  };
}
