import sharp from 'sharp';
import { createJobQueue, type Timed } from './job-queue.ts';
import { type ModelState, type ModelThreadEvents, startModelThread } from './model-thread.ts';

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
  readonly models: Readonly<Record<ModelName, ModelState>>;
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
/** Starts the thread with the models. @param workerFile for tests */
export function startVision(
  events: ModelThreadEvents<ModelName> = {},
  workerFile = new URL('./vision-worker.ts', import.meta.url),
): Vision {
  const queue = createJobQueue(maxWaiting);
  const thread = startModelThread<ModelName, Uint8Array>(workerFile, ['moderation', 'objects'], events);

  async function compute<T>(model: ModelName, image: Buffer): Promise<T> {
    const pixels = await squarePixels(image, inputOf[model]);
    return (await thread.compute(model, pixels, [pixels.buffer])) as T;
  }

  return {
    moderate: (image, signal) => queue.run(() => compute<ModerationScores>('moderation', image), signal),
    detectObjects: (image, signal) => queue.run(() => compute<Detection[]>('objects', image), signal),
    models: thread.models,
    get waiting() {
      return queue.waiting;
    },
    stop: thread.stop,
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
