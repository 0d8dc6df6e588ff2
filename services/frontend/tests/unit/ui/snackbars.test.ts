import { mount } from '@vue/test-utils';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { defineComponent, h, nextTick, useTemplateRef } from 'vue';
import { notifications, notify } from '../../../src/notifications.ts';
import { useModal } from '../../../src/ui/modal.ts';
import Snackbars from '../../../src/ui/Snackbars.vue';

let isSmall = false;
let mounted: { unmount: () => void }[] = [];

beforeEach(() => {
  vi.stubGlobal('matchMedia', () => ({
    matches: isSmall,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  }));
});

afterEach(() => {
  for (const each of mounted) each.unmount();
  mounted = [];
  for (const each of [...notifications]) each.dismiss();
  vi.unstubAllGlobals();
  document.body.replaceChildren();
  isSmall = false;
});

const show = <Component>(component: Component) => {
  const wrapper = mount(component as never, { attachTo: document.body });
  mounted.push(wrapper);
  return wrapper;
};
const texts = () => [...document.querySelectorAll('.snackbar__text')].map(({ textContent }) => textContent);
const more = () => document.querySelector<HTMLButtonElement>('.snackbars__more');

it('shows the latest alone on a small screen, and all when asked to', async () => {
  isSmall = true;
  show(Snackbars);
  for (const message of ['a', 'b', 'c']) notify({ message, tone: 'warning', timeoutMs: 0 });
  await nextTick();
  expect(texts()).toEqual(['c']);
  expect(more()?.textContent?.trim()).toBe('2 more messages');
  more()?.click();
  await nextTick();
  expect(texts()).toEqual(['a', 'b', 'c']);
  more()?.click();
  await nextTick();
  expect(texts()).toEqual(['c']);
});

it('goes into the dialog that is open, and out of it when it closes or is taken away', async () => {
  const Modal = defineComponent({
    setup() {
      const open = useModal(useTemplateRef<HTMLDialogElement>('dialog'));
      return () => [h('dialog', { ref: 'dialog' }), h('button', { onClick: open })];
    },
  });
  show(Snackbars);
  const modal = show(Modal);
  const region = () => document.querySelector('[role=status]');
  notify({ message: 'before' });
  await nextTick();
  const first = region();
  expect(first?.closest('dialog')).toBeNull();

  await modal.get('button').trigger('click');
  notify({ message: 'within' });
  await nextTick();
  expect(region()).toBe(first);
  expect(first?.closest('dialog')).not.toBeNull();
  expect(texts()).toEqual(['before', 'within']);
  expect(document.querySelector('.snackbars')?.closest('dialog')).not.toBeNull();

  document.querySelector('dialog')?.close();
  await nextTick();
  expect(region()?.parentElement).toBe(document.body);

  await modal.get('button').trigger('click');
  await nextTick();
  modal.unmount();
  mounted = mounted.filter((each) => each !== modal);
  await nextTick();
  expect(region()).toBe(first);
  expect(texts()).toEqual(['before', 'within']);
});
