import type { Clock } from '../../src/realtime/clock.ts';

/** A clock that stands still until a test turns it. */
export class TurnedClock implements Clock {
  #nowMs: number;
  #nextId = 0;
  readonly #due = new Map<number, { atMs: number; callback: () => void }>();

  constructor(nowMs = 1_700_000_000_000) {
    this.#nowMs = nowMs;
  }

  now = (): number => this.#nowMs;

  after = (ms: number, callback: () => void): (() => void) => {
    const id = this.#nextId++;
    this.#due.set(id, { atMs: this.#nowMs + ms, callback });
    return () => this.#due.delete(id);
  };

  /** When the next timer is due, from now; undefined when there is none. */
  get nextMs(): number | undefined {
    const times = [...this.#due.values()].map(({ atMs }) => atMs);
    return times.length === 0 ? undefined : Math.max(0, Math.min(...times) - this.#nowMs);
  }

  /** Lets time pass, and everything happen that is due in it. */
  async turn(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await settle();
    for (;;) {
      const [next] = [...this.#due].filter(([, { atMs }]) => atMs <= endMs).sort(([, a], [, b]) => a.atMs - b.atMs);
      if (!next) break;
      const [id, { atMs, callback }] = next;
      this.#due.delete(id);
      this.#nowMs = Math.max(this.#nowMs, atMs);
      callback();
      await settle();
    }
    this.#nowMs = endMs;
  }
}

/** Lets everything happen that needs no time. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
