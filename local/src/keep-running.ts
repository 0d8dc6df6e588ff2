import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

const maxRestarts = 5;
/** A shorter life than this is a start that failed, and would fail again. */
const shortLifeMs = 3_000;
const pauseMs = 500;

/** A program that is started again when it crashes. */
export interface Kept {
  /** Settles when it runs no more: true when it was stopped, false when it was given up. */
  readonly ended: Promise<boolean>;
  /** Asks it to end; it is not started again. */
  stop(): void;
}

/**
 * Starts a program, and starts it again when it ends by itself: a few times, and not when it ends right after its start.
 *
 * @param killAfterMs how long it may take to end when it is asked to; without it, as long as it likes
 */
export function keepRunning(
  name: string,
  start: () => ChildProcess,
  log: (text: string) => void,
  killAfterMs?: number,
): Kept {
  let stopping = false;
  let child: ChildProcess | undefined;

  const stop = () => {
    stopping = true;
    const asked = child;
    asked?.kill('SIGTERM');
    if (killAfterMs !== undefined) setTimeout(() => asked?.kill('SIGKILL'), killAfterMs).unref();
  };

  const runOnce = () => {
    const startedAt = performance.now();
    const { promise, resolve } = Promise.withResolvers<{ outcome: string; lifeMs: number }>();
    const ended = (outcome: string) => resolve({ outcome, lifeMs: performance.now() - startedAt });
    child = start();
    child.on('error', (error) => ended(error.message));
    child.on('exit', (code, signal) => ended(signal ?? `exit code ${code}`));
    return promise;
  };

  const run = async (): Promise<boolean> => {
    for (let restarts = 0; !stopping; restarts += 1) {
      if (restarts > 0) {
        log(`starting ${name} again, ${restarts} of ${maxRestarts}`);
        await sleep(pauseMs);
        if (stopping) break;
      }
      const { outcome, lifeMs } = await runOnce();
      if (stopping) break;
      log(`${name} ended unexpectedly (${outcome}) after ${Math.round(lifeMs / 1000)} s`);
      if (lifeMs < shortLifeMs || restarts === maxRestarts) {
        log(`giving up on ${name}`);
        return false;
      }
    }
    return true;
  };

  return { ended: run(), stop };
}
