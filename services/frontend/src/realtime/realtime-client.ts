import { backoffMs } from './backoff.ts';
import type { Clock } from './clock.ts';

/** An open connection. */
export interface Wire {
  /** Resolves when the broker has accepted the topics. */
  subscribe(topics: readonly string[]): Promise<void>;
  unsubscribe(topics: readonly string[]): void;
  close(): void;
}

export interface WireEvents {
  readonly onMessage: (topic: string, payload: string) => void;
  /** Once, also when this side has closed. */
  readonly onClose: () => void;
}

export interface RealtimePorts {
  /** Opens a connection; rejects when there is none to be had. */
  readonly dial: (events: WireEvents) => Promise<Wire>;
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  readonly isHidden: () => boolean;
}

/**
 * `idle`: nobody listens. `connected`: news arrive. `waiting`: for the next attempt. `paused`: the page is out of sight.
 */
export type RealtimeState = 'idle' | 'connecting' | 'connected' | 'waiting' | 'paused';

/** AWS IoT Core's limit per connection. Who comes later has to ask, as everybody does who misses a message. */
const mostTopics = 50;

/** Pages come and go: a connection that nobody uses is kept this long for the next one. */
const lingerMs = 30_000;

/** How long a page that nobody sees stays connected. */
const hiddenMs = 5 * 60_000;

/** A connection that breaks sooner does not count as a success. */
const stableMs = 10_000;

interface Listener {
  readonly onMessage: (payload: string) => void;
  readonly onListening: () => void;
}

/** One connection for everybody on the page who listens, opened again whenever it breaks. */
export class RealtimeClient {
  readonly #ports: RealtimePorts;
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #stateListeners = new Set<(state: RealtimeState) => void>();
  readonly #connectedListeners = new Set<() => void>();
  /** Topics of the connection there is. */
  readonly #subscribed = new Set<string>();
  /** Those of them that the broker has accepted. */
  readonly #granted = new Set<string>();
  #state: RealtimeState = 'idle';
  #wire: Wire | undefined;
  /** Rises with each connection, so that news of a former one is not mistaken. */
  #generation = 0;
  #failures = 0;
  #callOff: (() => void) | undefined;
  #callOffPause: (() => void) | undefined;
  #callOffStable: (() => void) | undefined;

  constructor(ports: RealtimePorts) {
    this.#ports = ports;
  }

  get state(): RealtimeState {
    return this.#state;
  }

  /** @returns stops telling */
  onState(callback: (state: RealtimeState) => void): () => void {
    this.#stateListeners.add(callback);
    return () => this.#stateListeners.delete(callback);
  }

  /** Calls back whenever news begin to arrive, the first time included: what came before was missed. @returns stops telling */
  onConnected(callback: () => void): () => void {
    this.#connectedListeners.add(callback);
    return () => this.#connectedListeners.delete(callback);
  }

  /**
   * Listens to one topic. A message may come twice.
   *
   * @param onListening called whenever the topic's messages begin to arrive: what came before was missed
   * @returns stops listening
   */
  subscribe(topic: string, onMessage: (payload: string) => void, onListening: () => void = () => {}): () => void {
    const listeners = this.#listeners.get(topic) ?? new Set();
    const listener = { onMessage, onListening };
    listeners.add(listener);
    this.#listeners.set(topic, listeners);
    if (this.#granted.has(topic)) onListening();
    else if (this.#state === 'idle') this.#connect();
    else if (this.#wire) this.#subscribeMissing(this.#wire, this.#generation);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(topic) === listeners) this.#unsubscribe(topic);
    };
  }

  /** The network is back, or the page is seen again: no more waiting. */
  wake(): void {
    if (this.#state === 'waiting' || (this.#state === 'paused' && !this.#ports.isHidden())) {
      this.#failures = 0;
      this.#connect();
    }
  }

  /** The page went out of sight or came back. */
  visibilityChanged(): void {
    this.#callOffPause?.();
    this.#callOffPause = undefined;
    if (this.#ports.isHidden()) this.#callOffPause = this.#ports.clock.after(hiddenMs, () => this.#hangUp('paused'));
    else this.wake();
  }

  #unsubscribe(topic: string): void {
    this.#listeners.delete(topic);
    this.#granted.delete(topic);
    if (this.#subscribed.delete(topic)) this.#wire?.unsubscribe([topic]);
    if (this.#wire) this.#subscribeMissing(this.#wire, this.#generation);
    if (this.#listeners.size === 0) {
      this.#ports.clock.after(lingerMs, () => {
        if (this.#listeners.size === 0) this.#hangUp('idle');
      });
    }
  }

  #hangUp(state: 'idle' | 'paused'): void {
    if (this.#state === 'idle') return;
    this.#generation += 1;
    this.#callOff?.();
    this.#drop()?.close();
    this.#become(state);
  }

  #drop(): Wire | undefined {
    const wire = this.#wire;
    this.#wire = undefined;
    this.#subscribed.clear();
    this.#granted.clear();
    this.#callOffStable?.();
    return wire;
  }

  #connect(): void {
    this.#callOff?.();
    this.#generation += 1;
    const generation = this.#generation;
    this.#become('connecting');
    const events: WireEvents = {
      onMessage: (topic, payload) => {
        for (const { onMessage } of this.#listeners.get(topic) ?? []) onMessage(payload);
      },
      onClose: () => this.#lost(generation),
    };
    this.#ports.dial(events).then(
      (wire) => {
        if (generation !== this.#generation) {
          wire.close();
          return;
        }
        this.#wire = wire;
        this.#callOffStable = this.#ports.clock.after(stableMs, () => {
          this.#failures = 0;
        });
        this.#subscribeMissing(wire, generation);
      },
      () => this.#lost(generation),
    );
  }

  #subscribeMissing(wire: Wire, generation: number): void {
    const missing = [...this.#listeners.keys()].filter((topic) => !this.#subscribed.has(topic));
    const topics = missing.slice(0, mostTopics - this.#subscribed.size);
    for (const topic of topics) this.#subscribed.add(topic);
    if (topics.length === 0 && this.#state === 'connected') return;
    wire.subscribe(topics).then(
      () => {
        if (generation !== this.#generation) return;
        if (this.#state === 'connecting') this.#connected();
        for (const topic of topics) this.#listening(topic);
      },
      () => {
        if (generation !== this.#generation) return;
        this.#lost(generation);
        wire.close();
      },
    );
  }

  #listening(topic: string): void {
    if (!this.#subscribed.has(topic)) return;
    this.#granted.add(topic);
    for (const { onListening } of this.#listeners.get(topic) ?? []) onListening();
  }

  #connected(): void {
    this.#become('connected');
    for (const callback of this.#connectedListeners) callback();
  }

  #lost(generation: number): void {
    if (generation !== this.#generation) return;
    this.#generation += 1;
    this.#drop();
    if (this.#listeners.size === 0) {
      this.#become('idle');
      return;
    }
    this.#failures += 1;
    const { clock, random } = this.#ports;
    this.#callOff = clock.after(backoffMs(this.#failures, random()), () => this.#connect());
    this.#become('waiting');
  }

  #become(state: RealtimeState): void {
    if (this.#state === state) return;
    this.#state = state;
    for (const callback of this.#stateListeners) callback(state);
  }
}
