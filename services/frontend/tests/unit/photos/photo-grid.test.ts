import { mount } from '@vue/test-utils';
import { afterEach, expect, it } from 'vitest';
import { nextTick } from 'vue';
import { notifications } from '../../../src/notifications.ts';
import PhotoGrid from '../../../src/photos/PhotoGrid.vue';
import { photo } from './photo.ts';

afterEach(() => {
  document.body.replaceChildren();
  for (const each of [...notifications]) each.dismiss();
});

function grid(ids: string[], props = {}) {
  return mount(PhotoGrid, {
    attachTo: document.body,
    props: {
      photos: ids.map((photoId) => photo({ photoId, takenAt: '2026-06-14T10:38:52' })),
      placeName: '<b>Park</b>',
      hasMore: false,
      loaded: true,
      fresh: new Set<string>(),
      ...props,
    },
  });
}

const shown = () => document.querySelector('dialog img')?.getAttribute('src');
const press = async (key: string) => {
  document
    .querySelector('dialog')
    ?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  await nextTick();
};

it('says of each photo what it is of and when, as text', () => {
  const image = grid(['a']).get('img');
  expect(image.attributes('alt')).toMatch(/^Photo of <b>Park<\/b>, taken on .*2026/);
  expect(image.attributes()).toMatchObject({ decoding: 'async', width: '400', height: '400' });
});

it('loads what is seen at once without waiting, the first before all, and the rest when it is scrolled to', () => {
  const images = grid(['a', 'b', 'c', 'd', 'e', 'f', 'g']).findAll('img');
  expect(images.map((image) => image.attributes('loading'))).toEqual([
    ...Array(4).fill('eager'),
    ...Array(3).fill('lazy'),
  ]);
  expect(images.map((image) => image.attributes('fetchpriority'))).toEqual(['high', ...Array(6).fill('auto')]);
});

it('keeps the room of photos until they are known', async () => {
  const all = grid([], { loaded: false });
  expect(all.findAll('.grid__empty')).toHaveLength(6);
  await all.setProps({ loaded: true });
  expect(all.findAll('li')).toHaveLength(0);
});

it('says which photo does not load, in the grid and in large', async () => {
  const all = grid(['a', 'b']);
  await all.findAll('img')[1]?.trigger('error');
  await all.get('button').trigger('click');
  document.querySelector('dialog img')?.dispatchEvent(new Event('error'));
  expect(all.emitted('broken')).toEqual([['b'], ['a']]);
});

it('goes through the photos with the arrow keys and stops at both ends', async () => {
  await grid(['a', 'b']).get('button').trigger('click');
  expect(shown()).toBe('/photos/a/scaled.jpg');
  await press('ArrowLeft');
  expect(shown()).toBe('/photos/a/scaled.jpg');
  await press('ArrowRight');
  expect(shown()).toBe('/photos/b/scaled.jpg');
  await press('ArrowRight');
  expect(shown()).toBe('/photos/b/scaled.jpg');
});

it('stays on its photo when others come in front', async () => {
  const all = grid(['a', 'b']);
  await all.findAll('button')[1]?.trigger('click');
  await all.setProps({ photos: ['new', 'a', 'b'].map((photoId) => photo({ photoId })) });
  expect(shown()).toBe('/photos/b/scaled.jpg');
});

const withIds = (ids: string[]) => ({ photos: ids.map((photoId) => photo({ photoId })) });
const told = () => notifications.map(({ message }) => message);
const removedMessage = 'The photo that you were looking at has been removed.';

it('goes on to the next when the photo that is shown is removed, or to the one before the last, and says so', async () => {
  const all = grid(['a', 'b', 'c']);
  await all.findAll('button')[1]?.trigger('click');
  await all.setProps(withIds(['a', 'c']));
  expect(shown()).toBe('/photos/c/scaled.jpg');
  expect(told()).toEqual([removedMessage]);
  await all.setProps(withIds(['a']));
  expect(shown()).toBe('/photos/a/scaled.jpg');
});

it('closes when the photo that is shown is removed and was the only one, and says so', async () => {
  const all = grid(['a']);
  await all.get('button').trigger('click');
  await all.setProps(withIds([]));
  await nextTick();
  expect(document.querySelector('dialog')).toBeNull();
  expect(told()).toEqual([removedMessage]);
});

it('says nothing of photos that are removed beside the one that is shown', async () => {
  const all = grid(['a', 'b', 'c']);
  await all.findAll('button')[1]?.trigger('click');
  await all.setProps(withIds(['b']));
  expect(shown()).toBe('/photos/b/scaled.jpg');
  expect(told()).toEqual([]);
});

it('asks for more before the end is reached', async () => {
  const all = grid(['a', 'b', 'c', 'd', 'e'], { hasMore: true });
  await all.get('button').trigger('click');
  await press('ArrowRight');
  expect(all.emitted('more')).toBeUndefined();
  await press('ArrowRight');
  expect(all.emitted('more')).toHaveLength(1);
});

it('gives the focus to the photo that was seen last', async () => {
  const all = grid(['a', 'b']);
  await all.get('button').trigger('click');
  await press('ArrowRight');
  document.querySelector('dialog')?.close();
  await nextTick();
  await nextTick();
  expect(document.querySelector('dialog')).toBeNull();
  expect(document.activeElement).toBe(all.findAll('button')[1]?.element);
});
