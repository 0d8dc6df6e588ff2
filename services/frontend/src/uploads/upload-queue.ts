import { backoffMs } from '../realtime/backoff.ts';
import type { Clock } from '../realtime/clock.ts';
import { checkPhoto, isReadable, type PhotoRules } from './photo-check.ts';
import { isFinal, type UploadItem, type UploadPause, type UploadProblem, type UploadView } from './upload-item.ts';
import {
  type Network,
  type OutcomeFeed,
  type PhotoStanding,
  type UploadApi,
  UploadFault,
  type UploadStorage,
  type UploadTransport,
} from './upload-ports.ts';

export interface UploadQueuePorts {
  readonly api: UploadApi;
  readonly transport: UploadTransport;
  readonly storage: UploadStorage;
  readonly feed: OutcomeFeed;
  readonly network: Network;
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  readonly rules: PhotoRules;
  readonly onChange: (items: readonly UploadView[]) => void;
  /** An upload has ended in a way that its owner should hear of. */
  readonly onEnd: (item: UploadItem) => void;
  /** The session is over: nothing moves until `resume`. */
  readonly onSignedOut: () => void;
}

const atOnce = 2;

/** Failures in a row until an upload counts as failed, after some six minutes. Without any network it never does. */
const mostAttempts = 10;

/** Fresh tickets in a row that the bucket may turn down. */
const mostRenewals = 2;

/** A ticket this close to its end is not used any more: a phone may take its time to connect. */
const ticketMarginMs = 10_000;

/** Pauses before asking what became of a photo, in case the live news of it got lost. */
const askPausesMs = [2000, 3000, 5000, 8000, 13_000, 21_000, 34_000, 60_000];

/** No progress for this long is worth a word. All may be sent as far as the device can tell: its buffers take megabytes. */
const stalledAfterMs = 8000;

/** Problems that time may solve by itself: tried again when the page opens, or the network comes back. */
const passing: ReadonlySet<string> = new Set(['NETWORK', 'SERVER']);

/** What an upload has failed with that was tried again in vain. */
const codeOf = { network: 'NETWORK', server: 'SERVER', device: 'UNEXPECTED' };

/** Storage that is busy, or a cloud behind it, may not give a file for a moment. */
const reading = <Answer>(answer: Promise<Answer>): Promise<Answer> =>
  answer.catch((cause: unknown) => {
    throw new UploadFault('device', undefined, cause);
  });

/**
 * One person's uploads. Whatever happens on the way (no network, a closed tab, an expired ticket), each photo is published
 * at most once: the id of its ticket is stored before anything is sent, the ticket takes one PUT only, and a ticket is taken
 * back before a new one is asked for.
 *
 * Only one queue may work on the same storage for the same person at a time; see `UploadDesk`.
 */
export class UploadQueue {
  readonly owner: string;
  readonly #ports: UploadQueuePorts;
  readonly #items = new Map<string, UploadItem>();
  readonly #sentBytes = new Map<string, number>();
  /** What calls off the moment from which an upload that is sent counts as stalled. */
  readonly #watches = new Map<string, () => void>();
  readonly #stalled = new Set<string>();
  readonly #runs = new Map<string, AbortController>();
  /** What calls off the next attempt of a waiting item. */
  readonly #wakes = new Map<string, () => void>();
  /** What ends listening for a photo's outcome. */
  readonly #ears = new Map<string, () => void>();
  /** What calls off the next question about a photo that was sent. */
  readonly #asks = new Map<string, () => void>();
  /** Cancelled, and only kept until the server has heard of it. */
  readonly #hidden = new Set<string>();
  readonly #leave: (() => void)[] = [];
  #blocked = false;
  #stopped = false;

  constructor(owner: string, ports: UploadQueuePorts) {
    this.owner = owner;
    this.#ports = ports;
  }

  /** Takes up what is stored. */
  async start(): Promise<void> {
    const { storage, network, feed } = this.#ports;
    const items = await storage.items(this.owner);
    if (this.#stopped) return;
    this.#leave.push(network.onChange(() => this.#networkChanged()));
    this.#leave.push(feed.onReconnected(() => this.#askAll()));
    for (const item of items) this.#takeUp(item);
    this.#changed();
    this.#pump();
  }

  /** Leaves everything as it is; another queue can take it up. */
  stop(): void {
    this.#stopped = true;
    for (const run of this.#runs.values()) run.abort();
    for (const calls of [this.#wakes, this.#watches, this.#ears, this.#asks]) {
      for (const call of calls.values()) call();
      calls.clear();
    }
    for (const leave of this.#leave) leave();
  }

  /** Takes on an item that has just been stored. */
  adopt(item: UploadItem): void {
    if (this.#stopped || item.owner !== this.owner || this.#items.has(item.id)) return;
    this.#items.set(item.id, item);
    if (isFinal(item)) this.#ports.onEnd(item);
    this.#changed();
    this.#pump();
  }

  /** Takes on whatever another tab has stored. */
  async adoptStored(): Promise<void> {
    for (const item of await this.#ports.storage.items(this.owner)) this.adopt(item);
  }

  /** The session is back. */
  resume(): void {
    if (!this.#blocked) return;
    this.#blocked = false;
    this.#askAll();
    for (const { id, state, photoId } of this.#items.values()) {
      if (state === 'cancelled' && photoId !== undefined && !this.#wakes.has(id)) this.#takeBack(id, 0);
    }
    this.#changed();
    this.#pump();
  }

  cancel(id: string): void {
    const item = this.#items.get(id);
    if (!item || isFinal(item)) return;
    this.#runs.get(id)?.abort();
    this.#end(id, 'cancelled');
  }

  retry(id: string): void {
    const item = this.#items.get(id);
    if (item?.state !== 'failed' || !item.canRetry) return;
    // What the system failed on is not sent again: its former photo is taken back, and this is another one.
    this.#requeue(id, item.problem?.code === 'SYSTEM_FAULT' ? { ticket: undefined } : {});
    this.#pump();
  }

  /** Takes a finished item off the list. */
  dismiss(id: string): void {
    const item = this.#items.get(id);
    if (!item || !isFinal(item)) return;
    if (item.state === 'cancelled') this.#hidden.add(id);
    else this.#forget(id);
    this.#changed();
  }

  views(): UploadView[] {
    const views: UploadView[] = [];
    for (const item of this.#items.values()) {
      if (this.#hidden.has(item.id)) continue;
      views.push({ ...item, sentBytes: this.#sentBytes.get(item.id) ?? 0, pause: this.#pauseOf(item) });
    }
    return views;
  }

  #pauseOf(item: UploadItem): UploadPause | undefined {
    if (isFinal(item) || item.state === 'sent') return undefined;
    if (this.#blocked) return 'signed-out';
    if (item.state === 'sending' && this.#stalled.has(item.id)) return 'stalled';
    if (item.state !== 'waiting') return undefined;
    if (!this.#ports.network.isOnline()) return 'offline';
    return item.attempts > 0 ? 'retrying' : undefined;
  }

  #takeUp(item: UploadItem): void {
    if (item.owner !== this.owner || this.#items.has(item.id)) return;
    this.#items.set(item.id, item);
    if (item.state === 'sent') this.#follow(item.id);
    else if (item.state === 'cancelled') this.#takeBack(item.id, 0);
    else if (item.state === 'published') this.#forget(item.id);
    else if (!isFinal(item) || (item.state === 'failed' && passing.has(item.problem?.code ?? ''))) {
      this.#requeue(item.id);
    }
    if (item.state === 'cancelled') this.#hidden.add(item.id);
  }

  #requeue(id: string, patch: Partial<UploadItem> = {}): void {
    void this.#patch(id, { ...patch, state: 'waiting', attempts: 0, problem: undefined, canRetry: undefined });
  }

  #pump(): void {
    if (this.#stopped || this.#blocked) return;
    for (const { id, state } of this.#items.values()) {
      if (this.#runs.size >= atOnce) return;
      if (state === 'waiting' && !this.#wakes.has(id) && !this.#runs.has(id)) this.#run(id);
    }
  }

  #run(id: string): void {
    const run = new AbortController();
    this.#runs.set(id, run);
    void this.#upload(id, run.signal)
      .catch((error: unknown) => {
        if (!run.signal.aborted) this.#stumble(id, error);
      })
      .finally(() => {
        this.#runs.delete(id);
        this.#unwatch(id);
        this.#sentBytes.delete(id);
        this.#changed();
        this.#pump();
      });
  }

  async #upload(id: string, signal: AbortSignal): Promise<void> {
    const { api, transport, storage, clock } = this.#ports;
    if (!(await this.#check(id, signal))) return;
    let isFresh = false;
    for (let renewals = 0; ; ) {
      if (this.#item(id).photoId !== undefined && !isFresh) {
        if (await this.#settleFormerTicket(id, signal)) return;
      }
      let { photoId, ticket } = this.#item(id);
      if (photoId === undefined || !ticket) {
        void this.#patch(id, { state: 'asking' });
        ({ photoId, ticket } = await api.ticket(this.#item(id), signal));
        signal.throwIfAborted();
        await this.#patch(id, { photoId, ticket });
        signal.throwIfAborted();
        isFresh = true;
      }
      this.#listen(id, photoId);
      const file = await storage.file(id);
      signal.throwIfAborted();
      // To the one who sends it, a file that cannot be read looks like a network that breaks.
      const isThere = file !== undefined && (await reading(isReadable(file)));
      signal.throwIfAborted();
      if (!isThere) return this.#end(id, 'refused', { code: 'FILE_GONE' });
      void this.#patch(id, { state: 'sending' });
      this.#watch(id);
      const status = await transport.put(ticket, file, (sentBytes) => this.#progressed(id, sentBytes), signal);
      signal.throwIfAborted();
      // 412: the object is there already, from an attempt whose answer got lost.
      if ((status >= 200 && status < 300) || status === 412) return this.#arrived(id);
      if (status === 403 && renewals < mostRenewals) {
        renewals += 1;
        isFresh = false;
        void this.#patch(id, { ticket: { ...ticket, expiresAtMs: clock.now() } });
      } else if (status >= 500 || status === 408 || status === 409 || status === 429) {
        throw new UploadFault('server');
      } else {
        return this.#end(id, 'failed', { code: 'STORAGE_REFUSED' }, true);
      }
    }
  }

  /** @returns false when the photo breaks a rule */
  async #check(id: string, signal: AbortSignal): Promise<boolean> {
    if (this.#item(id).contentType !== undefined) return true;
    void this.#patch(id, { state: 'checking' });
    const file = await this.#ports.storage.file(id);
    signal.throwIfAborted();
    if (!file) {
      this.#end(id, 'refused', { code: 'FILE_GONE' });
      return false;
    }
    const check = await reading(checkPhoto(file, this.#ports.rules));
    signal.throwIfAborted();
    if (check.ok) void this.#patch(id, { contentType: check.contentType });
    else this.#end(id, 'refused', check.problem);
    return check.ok;
  }

  /**
   * An earlier attempt had a ticket, and may have used it: its answer got lost, or the page was closed.
   *
   * @returns true when the photo had arrived
   */
  async #settleFormerTicket(id: string, signal: AbortSignal): Promise<boolean> {
    const { api, clock } = this.#ports;
    const { photoId, ticket } = this.#item(id);
    if (photoId === undefined) return false;
    void this.#patch(id, { state: 'asking' });
    const standing = await api.standing(photoId, signal);
    signal.throwIfAborted();
    // Failed, and tried again: an operator could still have it published beside its successor.
    const isGivenUp = standing?.status === 'FAILED' && ticket === undefined;
    if (standing && standing.status !== 'PENDING_UPLOAD' && !isGivenUp) {
      this.#arrived(id, standing);
      return true;
    }
    // Still good: the bucket itself refuses a second PUT.
    if (standing && ticket && ticket.expiresAtMs - ticketMarginMs > clock.now()) return false;
    // What may have arrived unnoticed must never be published beside its successor.
    if (standing) await api.withdraw(photoId, signal);
    signal.throwIfAborted();
    this.#deafen(id);
    await this.#patch(id, { photoId: undefined, ticket: undefined });
    return false;
  }

  #stumble(id: string, error: unknown): void {
    const { network, clock, random, onSignedOut } = this.#ports;
    const fault = error instanceof UploadFault ? error : undefined;
    const detail = fault?.detail === undefined ? {} : { detail: fault.detail };
    switch (fault?.kind) {
      case 'signed-out':
        this.#blocked = true;
        void this.#patch(id, { state: 'waiting' });
        onSignedOut();
        return;
      case 'quota':
        this.#end(id, 'failed', { code: 'QUOTA', ...detail }, true);
        this.#endWaiting({ code: 'QUOTA', ...detail });
        return;
      case 'account-deleted':
        this.#end(id, 'failed', { code: 'ACCOUNT_DELETED' });
        return;
      case 'no-place':
        this.#end(id, 'failed', { code: 'NO_PLACE' });
        return;
      case 'invalid':
        this.#end(id, 'failed', { code: 'INVALID', ...detail });
        return;
      case 'network':
      case 'device':
      case 'server': {
        const attempts = this.#item(id).attempts + 1;
        // Without any network, nothing is wrong with the upload.
        if (attempts >= mostAttempts && (fault.kind !== 'network' || network.isOnline())) {
          this.#end(id, 'failed', { code: codeOf[fault.kind] }, true);
          return;
        }
        const wake = clock.after(backoffMs(attempts, random()), () => {
          this.#wakes.delete(id);
          this.#pump();
        });
        this.#wakes.set(id, wake);
        void this.#patch(id, { state: 'waiting', attempts });
        return;
      }
      default:
        this.#end(id, 'failed', { code: 'UNEXPECTED' }, true);
    }
  }

  /** Ends those that would meet the same problem. */
  #endWaiting(problem: UploadProblem): void {
    for (const item of this.#items.values()) {
      if (item.state === 'waiting' && item.photoId === undefined && !this.#runs.has(item.id)) {
        this.#end(item.id, 'failed', problem, true);
      }
    }
  }

  #arrived(id: string, standing?: PhotoStanding): void {
    void this.#patch(id, { state: 'sent', ticket: undefined, attempts: 0 });
    if (!standing || !this.#settle(id, standing)) this.#follow(id);
  }

  /** @returns whether that was the end of it */
  #settle(id: string, { status, reason, reasonDetail }: PhotoStanding): boolean {
    const detail = reasonDetail === undefined ? {} : { detail: reasonDetail };
    if (status === 'PROCESSED') this.#end(id, 'published');
    else if (status === 'REJECTED') this.#end(id, 'refused', { code: reason ?? 'REJECTED', ...detail });
    else if (status === 'FAILED') this.#end(id, 'failed', { code: 'SYSTEM_FAULT', ...detail }, true);
    else return false;
    return true;
  }

  #listen(id: string, photoId: string): void {
    this.#deafen(id);
    const ear = this.#ports.feed.onOutcome(photoId, (outcome) => {
      const item = this.#items.get(id);
      if (!item || isFinal(item) || item.photoId !== photoId) return;
      // News can be faster than the answer of the bucket.
      this.#runs.get(id)?.abort();
      this.#settle(id, outcome);
    });
    this.#ears.set(id, ear);
  }

  #deafen(id: string): void {
    this.#ears.get(id)?.();
    this.#ears.delete(id);
  }

  #follow(id: string): void {
    const { photoId } = this.#item(id);
    if (photoId === undefined) return;
    if (!this.#ears.has(id)) this.#listen(id, photoId);
    this.#askLater(id, 0);
  }

  #askLater(id: string, times: number): void {
    const pauseMs = askPausesMs[Math.min(times, askPausesMs.length - 1)] ?? 0;
    const ask = this.#ports.clock.after(pauseMs, () => void this.#ask(id, times));
    this.#asks.get(id)?.();
    this.#asks.set(id, ask);
  }

  async #ask(id: string, times: number): Promise<void> {
    const item = this.#items.get(id);
    if (this.#stopped || item?.state !== 'sent' || item.photoId === undefined) return;
    this.#askLater(id, times + 1);
    if (this.#blocked) return;
    try {
      const standing = await this.#ports.api.standing(item.photoId);
      if (this.#stopped || this.#items.get(id)?.state !== 'sent') return;
      // Gone: its owner has deleted it.
      if (standing) this.#settle(id, standing);
      else this.#end(id, 'cancelled');
    } catch (error) {
      // Any other fault: the next question is on its way.
      if (!this.#stopped && error instanceof UploadFault && error.kind === 'signed-out') {
        this.#blocked = true;
        this.#ports.onSignedOut();
      }
    }
  }

  #askAll(): void {
    for (const { id, state } of this.#items.values()) if (state === 'sent') void this.#ask(id, 0);
  }

  #networkChanged(): void {
    if (this.#ports.network.isOnline()) {
      for (const item of this.#items.values()) {
        const wasWaiting = this.#wakes.has(item.id);
        if (wasWaiting) this.#callOff(item.id);
        if (wasWaiting || (item.state === 'failed' && passing.has(item.problem?.code ?? ''))) {
          if (item.state === 'cancelled') this.#takeBack(item.id, 0);
          else this.#requeue(item.id);
        }
      }
      this.#askAll();
      this.#pump();
    }
    this.#changed();
  }

  #progressed(id: string, sentBytes: number): void {
    this.#sentBytes.set(id, sentBytes);
    this.#watch(id);
    this.#changed();
  }

  #watch(id: string): void {
    this.#unwatch(id);
    const watch = this.#ports.clock.after(stalledAfterMs, () => {
      this.#stalled.add(id);
      this.#changed();
    });
    this.#watches.set(id, watch);
  }

  #unwatch(id: string): void {
    this.#watches.get(id)?.();
    this.#watches.delete(id);
    this.#stalled.delete(id);
  }

  #end(id: string, state: 'published' | 'refused' | 'failed' | 'cancelled', problem?: UploadProblem, canRetry?: true) {
    const { storage, onEnd } = this.#ports;
    this.#callOff(id);
    this.#deafen(id);
    this.#asks.get(id)?.();
    this.#asks.delete(id);
    const item = { ...this.#item(id), state, problem, canRetry };
    const saved = this.#patch(id, item);
    // Another try needs the file; nothing else does any more.
    if (!canRetry) void storage.removeFile(id);
    if (state === 'published') void storage.remove(id);
    // Stored first: a page that is closed now goes on with it when it is back.
    if (state === 'cancelled') void saved.then(() => this.#takeBack(id, 0));
    else onEnd(item);
  }

  /**
   * Sees to it that a cancelled photo is never published, even if it had arrived. Goes on until the server has heard, or
   * says that nothing is left of the account.
   */
  #takeBack(id: string, failures: number): void {
    const { api, storage, clock, random, onSignedOut } = this.#ports;
    if (this.#stopped) return;
    const item = this.#item(id);
    if (item.photoId === undefined) {
      void storage.remove(id);
      return;
    }
    const done = () => {
      void storage.remove(id);
      if (this.#hidden.has(id)) this.#items.delete(id);
      else this.#items.set(id, { ...item, photoId: undefined });
    };
    void api.withdraw(item.photoId).then(
      () => {
        if (!this.#stopped) done();
      },
      (error: unknown) => {
        if (this.#stopped) return;
        const kind = error instanceof UploadFault ? error.kind : undefined;
        if (kind === 'account-deleted') return done();
        if (kind === 'signed-out') {
          this.#blocked = true;
          onSignedOut();
          return;
        }
        const wake = clock.after(backoffMs(failures + 1, random()), () => {
          this.#wakes.delete(id);
          this.#takeBack(id, failures + 1);
        });
        this.#wakes.set(id, wake);
      },
    );
  }

  #callOff(id: string): void {
    this.#wakes.get(id)?.();
    this.#wakes.delete(id);
  }

  #forget(id: string): void {
    this.#items.delete(id);
    void this.#ports.storage.remove(id);
  }

  #item(id: string): UploadItem {
    const item = this.#items.get(id);
    if (!item) throw new Error(`No upload ${id}`);
    return item;
  }

  /** @returns when it would survive a crash */
  #patch(id: string, patch: Partial<UploadItem>): Promise<void> {
    const item = { ...this.#item(id), ...patch };
    this.#items.set(id, item);
    this.#changed();
    return this.#ports.storage.save(item);
  }

  #changed(): void {
    if (!this.#stopped) this.#ports.onChange(this.views());
  }
}
