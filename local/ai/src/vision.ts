import { Worker } from 'node:worker_threads';
import sharp from 'sharp';
import { createJobQueue, type Timed } from './job-queue.ts';

/** Probabilities of the five classes of nsfwjs. Together they make 1. */
export interface ModerationScores {
  drawing: number;
  hentai: number;
  neutral: number;
  porn: number;
  sexy: number;
}

/** An object that was found. The box is in parts of the picture's width and height. */
export interface Detection {
  /** Of the 80 classes of COCO, from 0. */
  classIndex: number;
  score: number;
  box: { left: number; top: number; width: number; height: number };
}

export type ModelName = 'moderation' | 'objects';
type ModelState = 'loading' | 'ready' | 'failed';

export type ToWorker = { id: number; model: ModelName; pixels: Uint8Array };
export type FromWorker = { id: number; result: unknown } | { loaded: ModelName; ms: number };

export interface Vision {
  /**
   * Both wait for their turn and for their model.
   *
   * @param image bytes of a JPEG or PNG file
   * @param signal takes the picture out of the queue
   * @throws QueueFullError, UnreadableImageError, or an Error when the thread died
   */
  moderate(image: Buffer, signal: AbortSignal): Promise<Timed<ModerationScores>>;
  detectObjects(image: Buffer, signal: AbortSignal): Promise<Timed<Detection[]>>;
  readonly models: Record<ModelName, ModelState>;
  readonly waiting: number;
  stop(): Promise<void>;
}

/** A file that cannot be decoded. */
export class UnreadableImageError extends Error {
  override readonly name = 'UnreadableImageError';
}

export const moderationSize = 299;
export const objectsSize = 512;

/** How a picture is made the square that a model takes. Nearest neighbour gave the fewest false alarms of four ways tried. */
export const inputOf: Record<ModelName, { size: number; kernel: 'nearest' | 'lanczos3' }> = {
  moderation: { size: moderationSize, kernel: 'nearest' },
  objects: { size: objectsSize, kernel: 'lanczos3' },
};

const maxWaiting = 64;
/** A thread that dies so often before it has its models will not come up at all. */
const maxFailedStarts = 3;

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

export interface VisionEvents {
  loaded?: (model: ModelName, ms: number) => void;
  died?: (error: Error, restarts: boolean) => void;
}

/** Starts the thread with the models, and starts it again whenever it dies. @param workerFile for tests */
export function startVision(
  events: VisionEvents = {},
  workerFile = new URL('./vision-worker.ts', import.meta.url),
): Vision {
  const queue = createJobQueue(maxWaiting);
  const pending = new Map<number, Pending>();
  const models: Record<ModelName, ModelState> = { moderation: 'loading', objects: 'loading' };
  let nextId = 1;
  let failedStarts = 0;
  let isStopping = false;
  let worker = startWorker();

  function startWorker(): Worker {
    const started = new Worker(workerFile);
    started.on('message', (message: FromWorker) => {
      if ('loaded' in message) {
        models[message.loaded] = 'ready';
        if (Object.values(models).every((state) => state === 'ready')) failedStarts = 0;
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
    if (Object.values(models).some((state) => state !== 'ready')) failedStarts += 1;
    const restarts = failedStarts < maxFailedStarts;
    models.moderation = models.objects = restarts ? 'loading' : 'failed';
    events.died?.(error, restarts);
    if (restarts) worker = startWorker();
  }

  async function compute<T>(model: ModelName, image: Buffer): Promise<T> {
    if (models[model] === 'failed') throw new Error(`the model for ${model} could not be loaded`);
    const pixels = await squarePixels(image, inputOf[model]);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const id = nextId++;
    pending.set(id, { resolve, reject });
    worker.postMessage({ id, model, pixels } satisfies ToWorker, [pixels.buffer]);
    return promise as Promise<T>;
  }

  return {
    moderate: (image, signal) => queue.run(() => compute<ModerationScores>('moderation', image), signal),
    detectObjects: (image, signal) => queue.run(() => compute<Detection[]>('objects', image), signal),
    models,
    get waiting() {
      return queue.waiting;
    },
    async stop() {
      isStopping = true;
      await worker.terminate();
    },
  };
}

/** The picture upright, on white where it is transparent, in RGB, pressed into a square. */
async function squarePixels(
  image: Buffer,
  { size, kernel }: (typeof inputOf)[ModelName],
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const pixels = await sharp(image, { failOn: 'truncated' })
      .autoOrient()
      .flatten({ background: 'white' })
      .toColourspace('srgb')
      // A JPEG that libjpeg has shrunk already is another picture to a model that looks at single pixels.
      .resize(size, size, { fit: 'fill', kernel, fastShrinkOnLoad: kernel !== 'nearest' })
      .removeAlpha()
      .raw()
      .toBuffer();
    // A copy of its own that can be handed to the thread.
    return Uint8Array.from(pixels);
  } catch (error) {
    throw new UnreadableImageError('The picture cannot be decoded.', { cause: error });
  }
}
