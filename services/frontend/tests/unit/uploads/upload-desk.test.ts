// @vitest-environment node
import { beforeEach, expect, test } from 'vitest';
import { type DeskMessage, UploadDesk } from '../../../src/uploads/upload-desk.ts';
import { totalsOf, type UploadItem, type UploadView } from '../../../src/uploads/upload-item.ts';
import type { UploadStorage } from '../../../src/uploads/upload-ports.ts';
import { UploadQueue } from '../../../src/uploads/upload-queue.ts';
import { settle, TurnedClock } from '../turned-clock.ts';
import { jpeg, rules } from './world.ts';

/** A browser: its tabs share storage, locks and channel. */
class Browser {
  readonly clock = new TurnedClock();
  readonly items = new Map<string, UploadItem>();
  readonly files = new Map<string, Blob>();
  readonly sent: string[] = [];
  readonly aborted: string[] = [];
  readonly tabs: Tab[] = [];
  readonly waitingForLock = new Map<string, (() => void)[]>();
  readonly held = new Set<string>();
  isBusy = false;
  #nextId = 1;

  readonly storage: UploadStorage = {
    items: async (owner) => [...this.items.values()].filter((item) => item.owner === owner),
    countOpen: async () => this.items.size,
    add: async (item, file) => {
      this.items.set(item.id, item);
      if (file) this.files.set(item.id, file);
    },
    save: async (item) => void this.items.set(item.id, item),
    file: async (id) => this.files.get(id),
    removeFile: async (id) => void this.files.delete(id),
    remove: async (id) => void this.items.delete(id),
    forget: async (owner) => this.#forget((item) => item.owner === owner),
    forgetOthers: async (owner) => this.#forget((item) => item.owner !== owner),
  };

  open(owner?: string): Tab {
    const tab = new Tab(this);
    this.tabs.push(tab);
    tab.desk.serve(owner);
    return tab;
  }

  #forget(isForgotten: (item: UploadItem) => boolean): void {
    for (const item of this.items.values()) if (isForgotten(item)) this.items.delete(item.id);
  }

  newId = () => `upload-${this.#nextId++}`;
}

class Tab {
  readonly desk: UploadDesk;
  views: readonly UploadView[] = [];
  ended: string[] = [];
  isClosed = false;
  hear: (message: DeskMessage) => void = () => {};
  readonly #close = new AbortController();

  constructor(browser: Browser) {
    this.desk = new UploadDesk({
      storage: browser.storage,
      rules,
      now: browser.clock.now,
      newId: browser.newId,
      channel: {
        post: (message) => {
          for (const tab of browser.tabs) if (tab !== this && !tab.isClosed) tab.hear(structuredClone(message));
        },
        onMessage: (callback) => {
          this.hear = callback;
        },
      },
      holdLock: async (name, signal, work) => {
        while (browser.held.has(name)) {
          await new Promise<void>((resolve) => {
            browser.waitingForLock.set(name, [...(browser.waitingForLock.get(name) ?? []), resolve]);
          });
          if (signal.aborted || this.isClosed) return;
        }
        browser.held.add(name);
        const closed = new Promise<void>((resolve) => this.#close.signal.addEventListener('abort', () => resolve()));
        await Promise.race([work(), closed]);
        browser.held.delete(name);
        for (const next of browser.waitingForLock.get(name) ?? []) next();
      },
      makeQueue: (owner, tell) =>
        new UploadQueue(owner, {
          ...tell,
          rules,
          storage: browser.storage,
          clock: browser.clock,
          random: () => 0.5,
          network: { isOnline: () => true, onChange: () => () => {} },
          feed: { onOutcome: () => () => {}, onReconnected: () => () => {} },
          api: {
            ticket: async (item) => ({
              photoId: `photo of ${item.owner}: ${item.fileName}`,
              ticket: { uploadUrl: item.id, headers: {}, expiresAtMs: browser.clock.now() + 300_000 },
            }),
            standing: async (photoId) => ({ status: browser.sent.includes(photoId) ? 'PROCESSED' : 'PENDING_UPLOAD' }),
            withdraw: async () => {},
          },
          transport: {
            put: (ticket, _file, _onProgress, signal) => {
              signal.addEventListener('abort', () => browser.aborted.push(ticket.uploadUrl));
              if (browser.isBusy) return new Promise(() => {});
              const item = browser.items.get(ticket.uploadUrl);
              browser.sent.push(item?.photoId ?? '');
              return Promise.resolve(200);
            },
          },
          onSignedOut: () => {},
        }),
      onChange: (views) => {
        this.views = views;
      },
      onEnd: (item) => this.ended.push(item.state),
    });
  }

  /** As a crash does: nothing is said. */
  close(): void {
    this.isClosed = true;
    this.#close.abort();
  }

  get states() {
    return this.views.map((item) => item.state);
  }
}

const photo = (name = 'photo.jpg') => ({ name, file: jpeg() });
let browser: Browser;

beforeEach(() => {
  browser = new Browser();
});

test('one tab works, and every tab shows and tells the same', async () => {
  const first = browser.open('ana');
  await settle();
  const second = browser.open('ana');
  await settle();
  expect([first.desk.isLeading, second.desk.isLeading]).toEqual([true, false]);
  await second.desk.add('place', [photo('a.jpg'), photo('b.jpg')]);
  await settle();
  expect(first.states).toEqual(['sent', 'sent']);
  expect(second.states).toEqual(['sent', 'sent']);
  await browser.clock.turn(3000);
  expect([first.states, second.states]).toEqual([Array(2).fill('published'), Array(2).fill('published')]);
  expect([first.ended, second.ended]).toEqual([Array(2).fill('published'), Array(2).fill('published')]);
  expect(browser.sent).toEqual(['photo of ana: a.jpg', 'photo of ana: b.jpg']);
});

test('a tab that is opened later shows what is on its way', async () => {
  browser.isBusy = true;
  const first = browser.open('ana');
  await first.desk.add('place', [photo()]);
  await settle();
  const second = browser.open('ana');
  await settle();
  expect(second.states).toEqual(['sending']);
});

test('the next tab takes over when the working one is closed', async () => {
  browser.isBusy = true;
  const first = browser.open('ana');
  await settle();
  const second = browser.open('ana');
  await first.desk.add('place', [photo()]);
  await settle();
  browser.isBusy = false;
  first.close();
  await settle();
  expect(second.desk.isLeading).toBe(true);
  expect(second.states).toEqual(['sent']);
  expect(browser.sent).toHaveLength(1);
});

test('any tab cancels, and dismisses', async () => {
  browser.isBusy = true;
  const first = browser.open('ana');
  await settle();
  const second = browser.open('ana');
  await first.desk.add('place', [photo()]);
  await settle();
  const id = second.views[0]?.id ?? '';
  second.desk.cancel(id);
  expect([first.states, second.states]).toEqual([['cancelled'], ['cancelled']]);
  second.desk.dismiss(id);
  expect([first.states, second.states]).toEqual([[], []]);
});

test('who signs out finds everything again', async () => {
  browser.isBusy = true;
  const tab = browser.open('ana');
  await tab.desk.add('place', [photo('secret.jpg')]);
  await settle();
  browser.isBusy = false;
  tab.desk.serve(undefined);
  expect(tab.views).toEqual([]);
  expect(browser.aborted).toHaveLength(1);
  tab.desk.serve('ana');
  await browser.clock.turn(3000);
  expect(tab.views.map(({ fileName, state }) => [fileName, state])).toEqual([['secret.jpg', 'published']]);
});

test('whoever signs in next sees, sends and keeps nothing of the one before', async () => {
  browser.isBusy = true;
  const tab = browser.open('ana');
  await tab.desk.add('place', [photo('secret.jpg')]);
  await settle();
  browser.isBusy = false;
  tab.desk.serve(undefined);
  tab.desk.serve('berta');
  await tab.desk.add('place', [photo('mine.jpg')]);
  await browser.clock.turn(3000);
  expect(tab.views.map(({ fileName }) => fileName)).toEqual(['mine.jpg']);
  expect(browser.sent).toEqual(['photo of berta: mine.jpg']);
  expect([...browser.items.values()].filter(({ owner }) => owner === 'ana')).toEqual([]);
});

test('nothing is left of whoever has deleted the account', async () => {
  browser.isBusy = true;
  const tab = browser.open('ana');
  await tab.desk.add('place', [photo('secret.jpg')]);
  await settle();
  await tab.desk.forget();
  expect(tab.views).toEqual([]);
  expect(browser.aborted).toHaveLength(1);
  expect(browser.items.size).toBe(0);
});

test('tabs of two people work side by side', async () => {
  const ana = browser.open('ana');
  const berta = browser.open('berta');
  await ana.desk.add('place', [photo('a.jpg')]);
  await berta.desk.add('place', [photo('b.jpg')]);
  await settle();
  expect([ana.views.length, berta.views.length]).toEqual([1, 1]);
  expect(browser.sent).toEqual(['photo of ana: a.jpg', 'photo of berta: b.jpg']);
});

test('nobody adds anything while nobody is signed in', async () => {
  const tab = browser.open();
  await expect(tab.desk.add('place', [photo()])).rejects.toThrow('Nobody is signed in');
  expect(browser.items.size).toBe(0);
});

test('a file of gigabytes is not even stored, and does not stop the next', async () => {
  const tab = browser.open('ana');
  await settle();
  const film = Object.defineProperty(jpeg(), 'size', { value: 4e9 });
  await tab.desk.add('place', [{ name: 'film.mov', file: film }, photo()]);
  await settle();
  expect(tab.views.map(({ state, problem }) => [state, problem?.code])).toEqual([
    ['refused', 'FILE_TOO_LARGE'],
    ['sent', undefined],
  ]);
  expect(tab.ended).toEqual(['refused']);
});

test('more than a hundred at a time are a mistake', async () => {
  browser.isBusy = true;
  const tab = browser.open('ana');
  await settle();
  await tab.desk.add(
    'place',
    Array.from({ length: 101 }, () => photo()),
  );
  await settle();
  expect(tab.views.filter(({ problem }) => problem?.code === 'TOO_MANY')).toHaveLength(1);
});

test('totals count what was sent by bytes, and nothing that was cancelled', () => {
  const view = (state: UploadView['state'], sentBytes = 0): UploadView => ({
    id: state,
    owner: 'ana',
    placeId: 'place',
    fileName: '',
    bytes: 100,
    addedAtMs: 0,
    attempts: 0,
    state,
    sentBytes,
  });
  expect(
    totalsOf([
      view('published'),
      view('sent'),
      view('sending', 50),
      view('waiting'),
      view('refused'),
      view('cancelled'),
    ]),
  ).toEqual({
    total: 5,
    arrived: 2,
    published: 1,
    unsuccessful: 1,
    open: 2,
    fraction: 250 / 400,
  });
  expect(totalsOf([]).fraction).toBe(1);
  expect(totalsOf([view('sending', 120)]).fraction).toBe(1);
});
