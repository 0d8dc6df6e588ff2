import { vi } from 'vitest';

/** The browser's locks, which happy-dom has not: one holder of a name at a time, the others in turn. */
export function fakeLocks(): void {
  const last = new Map<string, Promise<unknown>>();
  const request = <Answer>(name: string, work: () => Promise<Answer>): Promise<Answer> => {
    const turn = (last.get(name) ?? Promise.resolve()).then(work);
    last.set(
      name,
      turn.catch(() => undefined),
    );
    return turn;
  };
  vi.stubGlobal('navigator', Object.create(navigator, { locks: { value: { request } } }));
}
