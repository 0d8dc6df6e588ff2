import { checkBytes, type PhotoRules } from './photo-check.ts';
import { isFinal, type UploadItem, type UploadView } from './upload-item.ts';
import type { UploadStorage } from './upload-ports.ts';
import type { UploadQueue } from './upload-queue.ts';

/** What the tabs of one person tell each other. */
export type DeskMessage = { readonly owner: string } & (
  | { readonly type: 'hello' | 'added' }
  | { readonly type: 'items'; readonly items: readonly UploadView[] }
  | { readonly type: 'ended'; readonly item: UploadItem }
  | { readonly type: DeskCommand; readonly id: string }
);
type DeskCommand = 'cancel' | 'retry' | 'dismiss';

export interface DeskChannel {
  post(message: DeskMessage): void;
  /** Messages of other tabs. */
  onMessage(callback: (message: DeskMessage) => void): void;
}

/** Runs the work once this tab holds the lock, and holds it until the work is over or the signal aborts the wait. */
export type HoldLock = (name: string, signal: AbortSignal, work: () => Promise<void>) => Promise<void>;

export interface DeskPorts {
  readonly storage: UploadStorage;
  readonly channel: DeskChannel;
  readonly holdLock: HoldLock;
  readonly rules: PhotoRules;
  readonly now: () => number;
  readonly newId: () => string;
  readonly makeQueue: (
    owner: string,
    tell: { onChange(items: readonly UploadView[]): void; onEnd(item: UploadItem): void },
  ) => UploadQueue;
  readonly onChange: (items: readonly UploadView[]) => void;
  /** In every tab: nobody knows which of them is looked at. */
  readonly onEnd: (item: UploadItem) => void;
}

/** More than these at a time are a mistake. */
const mostOpen = 100;

export interface AddedFile {
  readonly name: string;
  readonly file: Blob;
}

/**
 * Where a tab hands in its photos. Of all tabs of one person, the one that holds the lock has the queue and does the work;
 * the others show what it tells them, and take over when it is closed.
 */
export class UploadDesk {
  readonly #ports: DeskPorts;
  #owner: string | undefined;
  #leave: AbortController | undefined;
  #queue: UploadQueue | undefined;
  #items: readonly UploadView[] = [];

  constructor(ports: DeskPorts) {
    this.#ports = ports;
    ports.channel.onMessage((message) => this.#hear(message));
  }

  /** Whether this tab does the work. */
  get isLeading(): boolean {
    return this.#queue !== undefined;
  }

  /**
   * Works for this person from now on, and for nobody else; undefined for nobody. Who signs out finds everything again, until
   * somebody else has the device.
   */
  serve(owner: string | undefined): void {
    if (owner === this.#owner) {
      this.#queue?.resume();
      return;
    }
    this.#leave?.abort();
    this.#queue?.stop();
    this.#queue = undefined;
    this.#owner = owner;
    this.#show([]);
    if (owner === undefined) return;
    const leave = new AbortController();
    this.#leave = leave;
    void this.#ports.storage.forgetOthers(owner);
    this.#ports.channel.post({ type: 'hello', owner });
    void this.#ports.holdLock(`happy-path-uploads ${owner}`, leave.signal, () => this.#lead(owner, leave.signal));
  }

  /** Leaves nothing of whom it works for, whose account is gone, and works for nobody. */
  async forget(): Promise<void> {
    const owner = this.#owner;
    this.serve(undefined);
    if (owner !== undefined) await this.#ports.storage.forget(owner);
  }

  async #lead(owner: string, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { channel } = this.#ports;
    const queue = this.#ports.makeQueue(owner, {
      onChange: (items) => {
        this.#show(items);
        channel.post({ type: 'items', owner, items });
      },
      onEnd: (item) => {
        this.#ports.onEnd(item);
        channel.post({ type: 'ended', owner, item });
      },
    });
    this.#queue = queue;
    const over = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    await queue.start();
    await over;
  }

  /** @throws Error when nobody is signed in */
  async add(placeId: string, files: readonly AddedFile[]): Promise<void> {
    const owner = this.#owner;
    if (owner === undefined) throw new Error('Nobody is signed in');
    const { storage, channel, rules, now, newId } = this.#ports;
    let open = this.#items.filter((item) => !isFinal(item)).length;
    for (const { name, file } of files) {
      const problem = checkBytes(file.size, rules) ?? (open >= mostOpen ? { code: 'TOO_MANY' } : undefined);
      open += problem ? 0 : 1;
      const item: UploadItem = {
        id: newId(),
        owner,
        placeId,
        fileName: name,
        bytes: file.size,
        addedAtMs: now(),
        attempts: 0,
        state: problem ? 'refused' : 'waiting',
        problem,
      };
      await storage.add(item, problem ? undefined : file);
      if (this.#owner !== owner) return;
      if (this.#queue) this.#queue.adopt(item);
      else channel.post({ type: 'added', owner });
    }
  }

  cancel(id: string): void {
    this.#command('cancel', id);
  }

  retry(id: string): void {
    this.#command('retry', id);
  }

  /** Takes finished uploads off the list. */
  dismiss(id: string): void {
    this.#command('dismiss', id);
  }

  #command(type: DeskCommand, id: string): void {
    if (this.#owner === undefined) return;
    if (this.#queue) this.#queue[type](id);
    else this.#ports.channel.post({ type, owner: this.#owner, id });
  }

  #hear(message: DeskMessage): void {
    if (message.owner !== this.#owner) return;
    const queue = this.#queue;
    if (message.type === 'items') {
      if (!queue) this.#show(message.items);
    } else if (message.type === 'ended') {
      if (!queue) this.#ports.onEnd(message.item);
    } else if (queue) {
      if (message.type === 'added') void queue.adoptStored();
      else if ('id' in message) queue[message.type](message.id);
      else this.#ports.channel.post({ type: 'items', owner: message.owner, items: queue.views() });
    }
  }

  #show(items: readonly UploadView[]): void {
    this.#items = items;
    this.#ports.onChange(items);
  }
}
