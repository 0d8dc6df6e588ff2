import { enableAutoUnmount, mount } from '@vue/test-utils';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { nextTick, ref } from 'vue';
import { setLanguage } from '../../../src/i18n/i18n.ts';
import { parseConfig, setRuntimeConfig } from '../../../src/runtime-config.ts';
import UploadList from '../../../src/uploads/UploadList.vue';
import UploadPanel from '../../../src/uploads/UploadPanel.vue';
import UploadTray from '../../../src/uploads/UploadTray.vue';
import { totalsOf, type UploadView } from '../../../src/uploads/upload-item.ts';

const uploads = vi.hoisted(() => ({
  items: undefined as unknown as { value: UploadView[] },
  totals: undefined as unknown as { value: unknown },
  waitingForSignIn: undefined as unknown as { value: number },
  add: vi.fn(async () => {}),
  cancel: vi.fn(),
  retry: vi.fn(),
  dismiss: vi.fn(),
  clear: vi.fn(),
}));
vi.mock('../../../src/uploads/use-uploads.ts', () => ({ useUploads: () => uploads }));

enableAutoUnmount(afterEach);

const hostile = '<img src=x onerror="document.title=1">\u202egpj.exe';
const view = (patch: Partial<UploadView> = {}): UploadView => ({
  id: 'a',
  owner: 'ana',
  placeId: 'place',
  fileName: 'photo.jpg',
  bytes: 1000,
  addedAtMs: 0,
  attempts: 0,
  state: 'sending',
  sentBytes: 420,
  ...patch,
});
const show = (...items: UploadView[]) => {
  uploads.items = ref(items);
  uploads.totals = ref(totalsOf(items));
  uploads.waitingForSignIn = ref(0);
};

beforeEach(async () => {
  vi.clearAllMocks();
  await setLanguage('en');
  show();
  setRuntimeConfig(
    parseConfig({
      region: 'eu-west-1',
      stage: 'dev',
      userPoolId: 'pool',
      userPoolClientId: 'client',
      identityPoolId: 'identities',
      realtimeEndpoint: 'example.com',
    }),
  );
});

describe('UploadList', () => {
  const mountList = (...items: UploadView[]) => mount(UploadList, { props: { items }, attachTo: document.body });

  test('shows how far an upload is, in a labelled progress bar', () => {
    const list = mountList(view());
    const { max, value } = list.get<HTMLProgressElement>('progress').element;
    expect([max, value]).toEqual([1000, 420]);
    expect(list.get('progress').attributes('aria-label')).toBe('Upload of photo.jpg');
    expect(list.text()).toContain('Sending: 42%');
  });

  test('does not pretend to know how long the check of a photo takes', () => {
    expect(
      mountList(view({ state: 'sent' }))
        .get('progress')
        .attributes('value'),
    ).toBeUndefined();
  });

  test('shows a hostile file name as text, kept apart from what stands around it', () => {
    const list = mountList(view({ fileName: hostile }));
    expect(list.find('img').exists()).toBe(false);
    expect(list.get('bdi').text()).toBe(hostile);
  });

  test.each([
    ['sending', {}, ['Cancel photo.jpg']],
    ['sent', {}, []],
    ['published', {}, ['Remove photo.jpg from the list']],
    ['failed', { canRetry: true }, ['Try photo.jpg again', 'Remove photo.jpg from the list']],
  ] as const)('%s: offers what can be done, by a name that says to which file', (state, more, names) => {
    const list = mountList(view({ state, ...more }));
    expect(list.findAll('button').map((button) => button.attributes('aria-label'))).toEqual(names);
  });

  test('buttons do what they say, and the keyboard stays in the list', async () => {
    const list = mountList(view());
    list.get('button').element.focus();
    await list.get('button').trigger('click');
    expect(list.emitted('cancel')).toEqual([['a']]);
    await list.setProps({ items: [] });
    await nextTick();
    expect(document.activeElement).toBe(list.element);
  });
});

test.each([
  ['cancel', 'sending', 0],
  ['retry', 'failed', 0],
  ['dismiss', 'failed', 1],
] as const)('%s goes to the queue from the panel and from the tray', async (what, state, button) => {
  show(view({ state, canRetry: state === 'failed' }));
  for (const component of [UploadPanel, UploadTray]) {
    const shown = mount(component, { props: { placeId: 'place' } });
    await shown.findAll('.upload button')[button]?.trigger('click');
  }
  expect(uploads[what].mock.calls).toEqual([['a'], ['a']]);
});

describe('UploadPanel', () => {
  const mountPanel = () => mount(UploadPanel, { props: { placeId: 'place' }, attachTo: document.body });
  const file = (name: string) => new File(['x'], name);

  test('takes several files, from the device or the camera, by native controls', async () => {
    const [pick, camera] = mountPanel().findAll('input');
    expect(pick?.attributes()).toMatchObject({ type: 'file', accept: 'image/jpeg,image/png,image/webp' });
    expect(pick?.attributes('multiple')).toBeDefined();
    expect(camera?.attributes('capture')).toBe('environment');
    const files = [file('a.jpg'), file('b.jpg')];
    Object.defineProperty(pick?.element, 'files', { value: files });
    await pick?.trigger('change');
    expect(uploads.add).toHaveBeenCalledWith('place', files);
  });

  test('takes what is dropped', async () => {
    const files = [file('a.jpg')];
    const event = Object.assign(new Event('drop', { cancelable: true }), { dataTransfer: { files } });
    mountPanel().get('fieldset').element.dispatchEvent(event);
    expect(event.defaultPrevented).toBe(true);
    expect(uploads.add).toHaveBeenCalledWith('place', files);
  });

  test('keeps the page when a file is dropped beside it, and leaves other drags alone', () => {
    const panel = mountPanel();
    const drag = (name: string, types: string[]) => {
      const event = Object.assign(new Event(name, { bubbles: true, cancelable: true }), {
        dataTransfer: { types, dropEffect: 'copy' },
      });
      document.body.dispatchEvent(event);
      return [event.defaultPrevented, event.dataTransfer.dropEffect];
    };
    expect(drag('dragover', ['Files'])).toEqual([true, 'none']);
    expect(drag('drop', ['Files'])).toEqual([true, 'none']);
    expect(drag('drop', ['text/plain'])).toEqual([false, 'copy']);
    panel.unmount();
    expect(drag('drop', ['Files'])).toEqual([false, 'copy']);
  });

  test('lists uploads of its own place only', () => {
    show(view(), view({ id: 'b', placeId: 'another', fileName: 'other.jpg' }));
    expect(mountPanel().findAll('li')).toHaveLength(1);
  });
});

describe('UploadTray', () => {
  const mountTray = () => mount(UploadTray, { global: { stubs: { RouterLink: { template: '<a><slot /></a>' } } } });

  test('is not there while there is nothing to tell', () => {
    expect(mountTray().find('aside').exists()).toBe(false);
  });

  test('sums up what is on its way', () => {
    show(view(), view({ id: 'b', state: 'published' }));
    const tray = mountTray();
    expect(tray.get('summary').text()).toBe('Uploads: 1 of 2 sent');
    expect(tray.get<HTMLProgressElement>('summary progress').element.value).toBeCloseTo(0.71);
    expect(tray.findAll('li')).toHaveLength(2);
  });

  test('says when everything is over, and clears the list', async () => {
    show(view({ state: 'published' }));
    const tray = mountTray();
    expect(tray.get('summary').text()).toBe('Uploads: all done');
    await tray.get('.upload-tray__list > button').trigger('click');
    expect(uploads.clear).toHaveBeenCalledOnce();
  });

  test('does not call done what was not successful', () => {
    show(view({ state: 'published' }), view({ id: 'b', state: 'refused' }));
    expect(mountTray().get('summary').text()).toBe('Uploads: 1 was not successful');
  });

  test('tells whoever is signed out how many photos wait, and nothing else of them', () => {
    uploads.waitingForSignIn.value = 2;
    expect(mountTray().text()).toBe(
      '2 photos are waiting. Sign in again to go on uploading; if somebody else signs in, they are removed. Sign in',
    );
  });
});
