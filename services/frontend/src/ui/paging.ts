import { computed, type Ref, ref, shallowRef } from 'vue';

/** One page as it is read. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly cursor?: string | undefined;
}

/** An endless list that is read by cursor. */
export interface Paging<Item> {
  readonly items: Readonly<Ref<readonly Item[]>>;
  readonly loading: Readonly<Ref<boolean>>;
  /** What the last page could not be read for; `more` tries again. */
  readonly problem: Readonly<Ref<unknown>>;
  /** Whether there is a next page, or the first has not been read yet. */
  readonly hasMore: Readonly<Ref<boolean>>;
  /** Whether a page has been read. */
  readonly loaded: Readonly<Ref<boolean>>;
  /** Reads the next page. Callers at the same time share it. */
  more(): Promise<void>;
  /** Forgets everything; what is still on its way is not kept. */
  reset(): void;
  /** Puts an item first, such as one that came live. @returns whether it is new */
  prepend(item: Item): boolean;
  /** Puts an item in the place of what is there of it; one that is not there stays away. */
  replace(item: Item): void;
  remove(id: string): void;
}

/** A page may be empty and still have a next one. After so many in a row the visitor is asked whether to go on. */
const emptyPagesAtOnce = 4;

/**
 * @param read one page; the signal is aborted by {@link Paging.reset}
 * @param idOf tells items apart: what two pages both hold is shown once
 */
export function usePaging<Item>(
  read: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<Item>>,
  idOf: (item: Item) => string,
): Paging<Item> {
  const items = shallowRef<readonly Item[]>([]);
  const problem = shallowRef<unknown>();
  const running = shallowRef<Promise<void>>();
  const cursor = ref<string>();
  const loaded = ref(false);
  let stop = new AbortController();

  async function readOn({ signal }: AbortController): Promise<void> {
    problem.value = undefined;
    try {
      for (let empty = 0; empty < emptyPagesAtOnce; empty++) {
        const page = await read(cursor.value, signal);
        if (signal.aborted) return;
        const known = new Set(items.value.map(idOf));
        const fresh = page.items.filter((item) => !known.has(idOf(item)));
        items.value = [...items.value, ...fresh];
        cursor.value = page.cursor;
        loaded.value = true;
        if (fresh.length > 0 || page.cursor === undefined) return;
      }
    } catch (error) {
      if (!signal.aborted) problem.value = error;
    }
  }

  const paging: Paging<Item> = {
    items,
    problem,
    loaded,
    loading: computed(() => running.value !== undefined),
    hasMore: computed(() => !loaded.value || cursor.value !== undefined),
    more() {
      if (running.value) return running.value;
      if (!paging.hasMore.value) return Promise.resolve();
      const own: Promise<void> = readOn(stop).finally(() => {
        if (running.value === own) running.value = undefined;
      });
      running.value = own;
      return own;
    },
    reset() {
      stop.abort();
      stop = new AbortController();
      running.value = undefined;
      items.value = [];
      problem.value = undefined;
      cursor.value = undefined;
      loaded.value = false;
    },
    prepend(item) {
      if (items.value.some((each) => idOf(each) === idOf(item))) return false;
      items.value = [item, ...items.value];
      return true;
    },
    replace(item) {
      items.value = items.value.map((each) => (idOf(each) === idOf(item) ? item : each));
    },
    remove(id) {
      items.value = items.value.filter((each) => idOf(each) !== id);
    },
  };
  return paging;
}
