import { expect, it } from 'vitest';
import { usePaging } from '../../../src/ui/paging.ts';

interface Page {
  items: string[];
  cursor?: string;
}

/** A list in pages, by the cursor that asks for each. */
function list(pages: Record<string, Page | (() => Promise<Page>)>) {
  const asked: string[] = [];
  const paging = usePaging<string>(
    async (cursor = 'first') => {
      asked.push(cursor);
      const page = pages[cursor];
      if (page === undefined) throw new Error(`no page ${cursor}`);
      return typeof page === 'function' ? page() : page;
    },
    (item) => item,
  );
  return { paging, asked };
}

it('reads page after page until there is no cursor', async () => {
  const { paging, asked } = list({ first: { items: ['a'], cursor: '2' }, 2: { items: ['b'] } });
  await paging.more();
  expect(paging.items.value).toEqual(['a']);
  expect(paging.hasMore.value).toBe(true);
  await paging.more();
  expect(paging.items.value).toEqual(['a', 'b']);
  expect(paging.hasMore.value).toBe(false);
  await paging.more();
  expect(asked).toEqual(['first', '2']);
});

it('goes on over empty pages', async () => {
  const { paging } = list({ first: { items: [], cursor: '2' }, 2: { items: [], cursor: '3' }, 3: { items: ['c'] } });
  await paging.more();
  expect(paging.items.value).toEqual(['c']);
});

it('stops after some empty pages, to be told to go on', async () => {
  const { paging, asked } = list({ first: { items: [], cursor: 'first' } });
  await paging.more();
  expect(asked).toHaveLength(4);
  expect(paging.hasMore.value).toBe(true);
});

it('shows once what two pages hold', async () => {
  const { paging } = list({ first: { items: ['a', 'b'], cursor: '2' }, 2: { items: ['b', 'c'] } });
  await paging.more();
  await paging.more();
  expect(paging.items.value).toEqual(['a', 'b', 'c']);
});

it('shares a page between those who ask at the same time', async () => {
  const { paging, asked } = list({ first: { items: ['a'], cursor: '2' } });
  await Promise.all([paging.more(), paging.more()]);
  expect(asked).toEqual(['first']);
});

it('keeps what it has when a page fails, and tries that page again', async () => {
  const pages: Record<string, Page> = { first: { items: ['a'], cursor: '2' } };
  const { paging } = list(pages);
  await paging.more();
  await paging.more();
  expect(paging.problem.value).toBeInstanceOf(Error);
  expect(paging.items.value).toEqual(['a']);
  pages['2'] = { items: ['b'] };
  await paging.more();
  expect(paging.problem.value).toBeUndefined();
  expect(paging.items.value).toEqual(['a', 'b']);
});

it('does not show what was asked for before a reset', async () => {
  const late = Promise.withResolvers<Page>();
  const answers = [() => late.promise, async () => ({ items: ['new'] })];
  const { paging } = list({ first: () => answers.shift()?.() ?? Promise.reject(new Error('asked too often')) });
  const before = paging.more();
  paging.reset();
  await paging.more();
  late.resolve({ items: ['old'] });
  await before;
  expect(paging.items.value).toEqual(['new']);
  expect(paging.loading.value).toBe(false);
});

it('puts what comes live in front, once', async () => {
  const { paging } = list({ first: { items: ['b', 'a'] } });
  await paging.more();
  expect(paging.prepend('c')).toBe(true);
  expect(paging.prepend('a')).toBe(false);
  expect(paging.items.value).toEqual(['c', 'b', 'a']);
  paging.remove('b');
  expect(paging.items.value).toEqual(['c', 'a']);
});
