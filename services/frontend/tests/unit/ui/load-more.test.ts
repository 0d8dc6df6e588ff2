import { mount } from '@vue/test-utils';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import LoadMore from '../../../src/ui/LoadMore.vue';

let observed: ((entries: { isIntersecting: boolean }[]) => void) | undefined;

beforeEach(() => {
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      constructor(callback: typeof observed) {
        observed = callback;
      }
      observe() {}
      disconnect() {}
    },
  );
});
afterEach(() => vi.unstubAllGlobals());

const props = { hasMore: true, loading: false, problem: undefined, label: 'More' };
const arrive = () => observed?.([{ isIntersecting: true }]);

it('asks for more when one gets to the end', () => {
  const end = mount(LoadMore, { props });
  arrive();
  expect(end.emitted('more')).toHaveLength(1);
});

it('asks again when a page was too short to push the end away', async () => {
  const end = mount(LoadMore, { props });
  arrive();
  await end.setProps({ loading: true });
  await end.setProps({ loading: false });
  expect(end.emitted('more')).toHaveLength(2);
});

it.each([{ hasMore: false }, { loading: true }, { problem: new Error('no network') }, { automatic: false }])(
  'does not ask by itself with %o',
  (changes) => {
    const end = mount(LoadMore, { props: { ...props, ...changes } });
    arrive();
    expect(end.emitted('more')).toBeUndefined();
  },
);

it('has a button for those who do not scroll, and to try again', async () => {
  const end = mount(LoadMore, { props: { ...props, problem: new Error('no network') } });
  expect(end.get('[role=alert]').text()).toContain('unexpected');
  await end.get('button').trigger('click');
  expect(end.emitted('more')).toHaveLength(1);
});
