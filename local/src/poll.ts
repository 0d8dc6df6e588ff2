import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from './failure.ts';

/**
 * Asks until there is an answer.
 * @param what completes "Waited 5 s for ..." in the failure
 * @throws Failure when `timeoutMs` is over
 */
export async function poll<T>(
  what: string,
  timeoutMs: number,
  ask: () => Promise<T | undefined>,
  intervalMs = 100,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Failure(`Waited ${timeoutMs / 1000} s for ${what}, in vain.`);
    await sleep(intervalMs);
  }
}
