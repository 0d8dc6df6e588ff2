import { type Transferable, Worker } from 'node:worker_threads';

export type ModelState = 'loading' | 'ready' | 'failed';

export type ToWorker<Name extends string, Input> = { id: number; model: Name; input: Input };
export type FromWorker<Name extends string> = { id: number; result: unknown } | { loaded: Name; ms: number };

export interface ModelThread<Name extends string, Input> {
  readonly models: Readonly<Record<Name, ModelState>>;
  /** Waits for the model. @throws Error when it could not be loaded, or the thread died */
  compute(model: Name, input: Input, transfer?: Transferable[]): Promise<unknown>;
  stop(): Promise<void>;
}

export interface ModelThreadEvents<Name extends string> {
  loaded?: (model: Name, ms: number) => void;
  died?: (error: Error, restarts: boolean) => void;
}

/** A thread that dies so often before it has its models will not come up at all. */
const maxFailedStarts = 3;

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** Starts a thread that owns models, and starts it again whenever it dies. */
export function startModelThread<Name extends string, Input>(
  workerFile: URL,
  names: readonly Name[],
  events: ModelThreadEvents<Name>,
): ModelThread<Name, Input> {
  const pending = new Map<number, Pending>();
  const models = {} as Record<Name, ModelState>;
  const setAll = (state: ModelState) => {
    for (const name of names) models[name] = state;
  };
  const areReady = () => names.every((name) => models[name] === 'ready');
  let nextId = 1;
  let failedStarts = 0;
  let isStopping = false;
  setAll('loading');
  let worker = startWorker();

  function startWorker(): Worker {
    const started = new Worker(workerFile);
    started.on('message', (message: FromWorker<Name>) => {
      if ('loaded' in message) {
        models[message.loaded] = 'ready';
        if (areReady()) failedStarts = 0;
        events.loaded?.(message.loaded, message.ms);
      } else {
        pending.get(message.id)?.resolve(message.result);
        pending.delete(message.id);
      }
    });
    let cause: Error | undefined;
    started.on('error', (error) => {
      cause = error;
    });
    started.on('exit', (code) => ended(cause ?? new Error(`the thread ended with code ${code}`)));
    return started;
  }

  function ended(error: Error): void {
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
    if (isStopping) return;
    if (!areReady()) failedStarts += 1;
    const restarts = failedStarts < maxFailedStarts;
    setAll(restarts ? 'loading' : 'failed');
    events.died?.(error, restarts);
    if (restarts) worker = startWorker();
  }

  return {
    models,
    async compute(model, input, transfer = []) {
      if (models[model] === 'failed') throw new Error(`the model for ${model} could not be loaded`);
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      const id = nextId++;
      pending.set(id, { resolve, reject });
      worker.postMessage({ id, model, input } satisfies ToWorker<Name, Input>, transfer);
      return promise;
    },
    async stop() {
      isStopping = true;
      await worker.terminate();
    },
  };
}
