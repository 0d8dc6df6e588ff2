/** Thrown to those who come when no place is left. */
export class QueueFullError extends Error {
  override readonly name = 'QueueFullError';
}

export interface Timed<T> {
  value: T;
  /** Milliseconds from asking until the work began. */
  waitedMs: number;
  computedMs: number;
}

export interface JobQueue {
  readonly waiting: number;
  /**
   * Runs `work` after all that was asked for before.
   *
   * @param signal takes a job that still waits out of the queue; one that runs goes on
   * @throws QueueFullError, the signal's reason, or what `work` throws
   */
  run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<Timed<T>>;
}

/** One job at a time, first come first served; at most `maxWaiting` wait. */
export function createJobQueue(maxWaiting: number): JobQueue {
  const jobs = new Set<() => Promise<void>>();
  let isBusy = false;

  async function workOff(): Promise<void> {
    if (isBusy) return;
    isBusy = true;
    for (const job of jobs) {
      jobs.delete(job);
      await job();
    }
    isBusy = false;
  }

  return {
    get waiting() {
      return jobs.size;
    },
    async run(work, signal) {
      signal.throwIfAborted();
      if (jobs.size >= maxWaiting) throw new QueueFullError(`${maxWaiting} jobs wait already`);
      const askedAt = performance.now();
      const started = Promise.withResolvers<void>();
      const finished = Promise.withResolvers<void>();
      const job = () => {
        started.resolve();
        return finished.promise;
      };
      const leave = () => {
        if (jobs.delete(job)) started.reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      jobs.add(job);
      void workOff();
      try {
        await started.promise;
        const startedAt = performance.now();
        const value = await work();
        return { value, waitedMs: startedAt - askedAt, computedMs: performance.now() - startedAt };
      } finally {
        signal.removeEventListener('abort', leave);
        finished.resolve();
      }
    },
  };
}
