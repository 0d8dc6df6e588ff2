import { vi } from 'vitest';

/**
 * The browser's locks, which happy-dom has not: one holder of a name at a time, the others in turn. Who waits can be called
 * off; who has had his turn cannot.
 */
export function fakeLocks(): void {
  const last = new Map<string, Promise<unknown>>();
  const request = <Answer>(
    name: string,
    ...[first, second]: [work: () => Promise<Answer>] | [{ signal: AbortSignal }, work: () => Promise<Answer>]
  ): Promise<Answer> => {
    const [signal, work] = typeof first === 'function' ? [undefined, first] : [first.signal, second];
    if (!work) throw new TypeError('No work to do');
    const called = new Promise<never>((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    let hasTurn = false;
    const turn = (last.get(name) ?? Promise.resolve()).then(() => {
      signal?.throwIfAborted();
      hasTurn = true;
      return work();
    });
    last.set(
      name,
      turn.catch(() => undefined),
    );
    return Promise.race([turn, called.catch((reason: unknown) => (hasTurn ? turn : Promise.reject(reason)))]);
  };
  vi.stubGlobal('navigator', Object.create(navigator, { locks: { value: { request } } }));
}
