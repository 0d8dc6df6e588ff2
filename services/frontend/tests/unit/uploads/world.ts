import type { UploadItem, UploadView } from '../../../src/uploads/upload-item.ts';
import { type PhotoStanding, UploadFault, type UploadStorage } from '../../../src/uploads/upload-ports.ts';
import { UploadQueue } from '../../../src/uploads/upload-queue.ts';
import { settle, TurnedClock } from '../turned-clock.ts';

export const rules = {
  maxBytes: 20 * 1024 ** 2,
  types: ['image/jpeg', 'image/png', 'image/webp'],
  minSidePx: 32,
  maxPixels: 60_000_000,
};

/** What becomes of one request. Lost means that nobody can tell whether it had its effect. */
export type Fate =
  | 'ok'
  | 'request-lost'
  | 'answer-lost'
  | 'fault'
  /** The tab is closed while the request is on its way, before or after its effect. */
  | 'closed-before'
  | 'closed-after';

export interface ServerPhoto extends PhotoStanding {
  readonly photoId: string;
  readonly file: Blob;
  readonly expiresAtMs: number;
  readonly status: string;
  readonly isWithdrawn: boolean;
}

const ticketMs = 300_000;

/** A server, a network and a browser, all of them as bad as a test wants. */
export class World {
  readonly clock = new TurnedClock();
  readonly photos = new Map<string, ServerPhoto>();
  readonly stored = new Map<string, UploadItem>();
  readonly files = new Map<string, Blob>();
  readonly ended: UploadItem[] = [];
  readonly calls: string[] = [];
  /** Of the next requests, one after the other; then all goes well. */
  fates: { readonly fate: Fate; readonly tookMs: number }[] = [];
  /** What the workflow makes of a photo. */
  outcome: PhotoStanding = { status: 'PROCESSED' };
  /** How long it takes; undefined means for ever. */
  workflowMs: number | undefined = 500;
  /** Whether news of it arrive. */
  hasNews = true;
  isOnline = true;
  /** Whether files cannot be read just now. */
  isStorageBroken = false;
  /** What the API refuses tickets with. */
  refusal: UploadFault | undefined;
  /** What the API refuses to take photos back with. */
  withdrawRefusal: UploadFault | undefined;
  /** Statuses of the bucket instead of its own, one after the other. */
  bucketStatuses: number[] = [];
  signedOut = 0;
  /** Rises when the tab is closed: what an older page does has no effect any more. */
  page = 0;
  queue: UploadQueue;
  views: readonly UploadView[] = [];
  readonly #fileOfItem = new Map<string, Blob>();
  readonly #progress = new Map<Blob, (sentBytes: number) => void>();
  readonly #ears = new Map<string, (outcome: never) => void>();
  readonly #reconnected = new Set<() => void>();
  readonly #networkChanged = new Set<() => void>();
  #nextId = 1;

  readonly owner = 'ana';

  constructor() {
    this.queue = this.#open();
  }

  /** Opens the page, anew if it was open. */
  async reload(): Promise<void> {
    this.queue.stop();
    this.page += 1;
    this.#ears.clear();
    this.queue = this.#open();
    await this.queue.start();
    await settle();
  }

  async add(file: Blob = jpeg(), fileName = 'photo.jpg', owner = this.owner): Promise<string> {
    const id = `upload-${this.#nextId++}`;
    const item: UploadItem = {
      id,
      owner,
      placeId: 'place',
      fileName,
      bytes: file.size,
      addedAtMs: this.clock.now(),
      attempts: 0,
      state: 'waiting',
    };
    this.#fileOfItem.set(id, file);
    this.stored.set(id, item);
    this.files.set(id, file);
    this.queue.adopt(item);
    await settle();
    return id;
  }

  view(id: string): UploadView | undefined {
    return this.views.find((item) => item.id === id);
  }

  /** What others can see of an upload. */
  published(id: string): ServerPhoto[] {
    const file = this.#fileOfItem.get(id);
    return [...this.photos.values()].filter(
      (photo) => photo.file === file && photo.status === 'PROCESSED' && !photo.isWithdrawn,
    );
  }

  /** Some bytes of an upload get through. */
  progress(id: string, sentBytes: number): void {
    this.#progress.get(this.#fileOfItem.get(id) as Blob)?.(sentBytes);
  }

  goOnline(isOnline: boolean): void {
    this.isOnline = isOnline;
    for (const callback of this.#networkChanged) callback();
  }

  reconnect(): void {
    for (const callback of this.#reconnected) callback();
  }

  /** Lets time pass until nothing is left to do, but no longer than so many hours. */
  async run(hours = 24): Promise<void> {
    const endMs = this.clock.now() + hours * 3600_000;
    for (;;) {
      await settle();
      const nextMs = this.clock.nextMs;
      if (nextMs === undefined || this.clock.now() + nextMs > endMs) return;
      await this.clock.turn(nextMs);
    }
  }

  #open(): UploadQueue {
    const page = this.page;
    return new UploadQueue(this.owner, {
      clock: { now: this.clock.now, after: (ms, call) => this.clock.after(ms, () => page === this.page && call()) },
      random: () => 0.5,
      rules,
      network: { isOnline: () => this.isOnline, onChange: (callback) => added(this.#networkChanged, callback) },
      feed: {
        onOutcome: (photoId, callback) => {
          this.#ears.set(photoId, callback);
          return () => this.#ears.delete(photoId);
        },
        onReconnected: (callback) => added(this.#reconnected, callback),
      },
      storage: this.#storage(page),
      api: {
        ticket: (item, signal) =>
          this.#request('ticket', signal, () => {
            if (this.refusal) throw this.refusal;
            const photoId = `photo-${this.#nextId++}`;
            const expiresAtMs = this.clock.now() + ticketMs;
            const file = this.#fileOfItem.get(item.id) as Blob;
            this.photos.set(photoId, { photoId, file, expiresAtMs, status: 'PENDING_UPLOAD', isWithdrawn: false });
            return { photoId, ticket: { uploadUrl: photoId, headers: {}, expiresAtMs } };
          }),
        standing: (photoId, signal) =>
          this.#request('standing', signal, () => {
            const photo = this.photos.get(photoId);
            return photo?.isWithdrawn ? undefined : photo;
          }),
        withdraw: (photoId, signal) =>
          this.#request('withdraw', signal, () => {
            if (this.withdrawRefusal) throw this.withdrawRefusal;
            this.#change(photoId, { isWithdrawn: true });
          }),
      },
      transport: {
        put: (ticket, file, onProgress, signal) => {
          this.#progress.set(file, onProgress);
          return this.#request('put', signal, () => {
            onProgress(file.size);
            return this.#put(ticket.uploadUrl, file);
          });
        },
      },
      onChange: (views) => {
        if (page === this.page) this.views = views;
      },
      onEnd: (item) => this.ended.push(item),
      onSignedOut: () => {
        this.signedOut += 1;
      },
    });
  }

  #put(photoId: string, file: Blob): number {
    const forced = this.bucketStatuses.shift();
    if (forced !== undefined) return forced;
    const photo = this.photos.get(photoId);
    if (!photo || photo.expiresAtMs <= this.clock.now()) return 403;
    if (this.#objects.has(photoId)) return 412;
    if (photo.file !== file) throw new Error('Another file than the ticket is for');
    this.#objects.add(photoId);
    if (this.workflowMs === undefined) return 200;
    // Events take their time: until then the photo is pending still.
    this.clock.after(this.workflowMs / 2, () => this.#change(photoId, { status: 'UPLOADED' }));
    this.clock.after(this.workflowMs, () => {
      this.#change(photoId, this.outcome);
      if (this.hasNews) this.#ears.get(photoId)?.({ photoId, placeId: 'place', ...this.outcome } as never);
    });
    return 200;
  }
  readonly #objects = new Set<string>();

  #change(photoId: string, change: Partial<ServerPhoto>): void {
    const photo = this.photos.get(photoId);
    if (photo && !photo.isWithdrawn) this.photos.set(photoId, { ...photo, ...change });
  }

  #request<Answer>(name: string, signal: AbortSignal | undefined, effect: () => Answer): Promise<Answer> {
    const page = this.page;
    const { fate, tookMs } = this.fates.shift() ?? { fate: 'ok', tookMs: 0 };
    this.calls.push(name);
    return new Promise((resolve, reject) => {
      const happen = () => {
        if (page !== this.page) return;
        if (fate === 'closed-before') return void this.reload();
        if (fate === 'request-lost') return reject(new UploadFault('network'));
        if (fate === 'fault') return reject(new UploadFault('server'));
        try {
          const answer = effect();
          if (fate === 'closed-after') void this.reload();
          else if (fate === 'answer-lost') reject(new UploadFault('network'));
          else resolve(answer);
        } catch (error) {
          reject(error);
        }
      };
      const callOff = tookMs === 0 ? () => {} : this.clock.after(tookMs, happen);
      signal?.addEventListener('abort', () => {
        callOff();
        reject(signal.reason);
      });
      if (tookMs === 0) happen();
    });
  }

  #storage(page: number): UploadStorage {
    const write = async (change: () => void) => {
      // Later than now, as any disk: a page that is closed at once has written nothing.
      for (let turns = 0; turns < 10; turns++) await Promise.resolve();
      if (page === this.page) change();
    };
    return {
      items: async (owner) => structuredClone([...this.stored.values()].filter((item) => item.owner === owner)),
      countOpen: async () => this.stored.size,
      add: (item, file) =>
        write(() => {
          this.stored.set(item.id, item);
          if (file) this.files.set(item.id, file);
        }),
      save: (item) =>
        write(() => {
          if (this.stored.has(item.id)) this.stored.set(item.id, structuredClone(item));
        }),
      file: async (id) => {
        if (this.isStorageBroken) throw new DOMException('Connection lost', 'UnknownError');
        return this.files.get(id);
      },
      removeFile: (id) => write(() => void this.files.delete(id)),
      remove: (id) =>
        write(() => {
          this.stored.delete(id);
          this.files.delete(id);
        }),
      forget: async () => {},
      forgetOthers: async () => {},
    };
  }
}

function added<T>(set: Set<T>, value: T): () => void {
  set.add(value);
  return () => set.delete(value);
}

/** The beginning of a JPEG of this size in pixels: enough for everything that only reads headers. */
export function jpeg(width = 640, height = 480): Blob {
  const frame = [0xff, 0xc0, 0, 17, 8, height >> 8, height & 255, width >> 8, width & 255, 3, ...Array(9).fill(0)];
  const app0 = [0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0];
  return quick(Uint8Array.from([0xff, 0xd8, ...app0, ...frame, 0xff, 0xd9]));
}

/** A Blob that is read without leaving the thread, so that tests are fast. */
export function quick(bytes: Uint8Array<ArrayBuffer>): Blob {
  const blob = new Blob([bytes]);
  return Object.assign(blob, {
    arrayBuffer: async () => bytes.buffer,
    slice: (from = 0, to = bytes.length) => quick(bytes.slice(from, to)),
  });
}
