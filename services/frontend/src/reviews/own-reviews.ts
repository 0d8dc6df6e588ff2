import * as v from 'valibot';
import { computed, type Ref, shallowRef } from 'vue';

/**
 * Which reviews somebody has posted on this device: the API tells nobody who wrote what. Only the last person's are kept.
 */
const Stored = v.object({ sub: v.string(), ids: v.array(v.string()) });
type Stored = v.InferOutput<typeof Stored>;

const storageKey = 'happy-path-own-reviews';
const mostIds = 500;
const stored = shallowRef<Stored>();

function read(): Stored | undefined {
  try {
    const found = v.safeParse(Stored, JSON.parse(localStorage.getItem(storageKey) ?? ''));
    return found.success ? found.output : undefined;
  } catch {
    return undefined;
  }
}

function write(own: Stored | undefined): void {
  stored.value = own;
  try {
    if (own) localStorage.setItem(storageKey, JSON.stringify(own));
    else localStorage.removeItem(storageKey);
  } catch {
    // Private windows may refuse; they are known for as long as the page is open.
  }
}

/** @param sub who is signed in; nobody has reviews otherwise */
export function useOwnReviews(sub: () => string | undefined) {
  stored.value ??= read();
  const ids: Readonly<Ref<ReadonlySet<string>>> = computed(
    () => new Set(stored.value !== undefined && stored.value.sub === sub() ? stored.value.ids : []),
  );
  return {
    ids,
    add(reviewId: string): void {
      const own = sub();
      if (own !== undefined) write({ sub: own, ids: [reviewId, ...ids.value].slice(0, mostIds) });
    },
    remove(reviewId: string): void {
      const own = sub();
      if (own !== undefined) write({ sub: own, ids: [...ids.value].filter((id) => id !== reviewId) });
    },
  };
}

/** Leaves nothing of whoever it was. */
export const forgetOwnReviews = (): void => write(undefined);
