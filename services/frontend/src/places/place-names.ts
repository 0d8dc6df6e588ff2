import { reactive } from 'vue';
import { api } from '../api/client.ts';
import { Place } from '../api/types.ts';

/** Names of places, read once for each. Undefined until then, and where there is none any more. */
export function usePlaceNames() {
  const names = reactive(new Map<string, string | undefined>());
  return {
    nameOf: (placeId: string): string | undefined => names.get(placeId),
    ask(placeIds: Iterable<string>): void {
      for (const placeId of new Set(placeIds)) {
        if (names.has(placeId)) continue;
        names.set(placeId, undefined);
        api.get(`/locations/${encodeURIComponent(placeId)}`, Place).then(
          ({ name }) => names.set(placeId, name),
          () => undefined,
        );
      }
    },
  };
}
