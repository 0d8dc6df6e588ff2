import { packages } from './packages.ts';
import type { Tensorflow } from './tensorflow.ts';
import { type ModerationScores, moderationSize } from './vision.ts';

interface Part<T> {
  default: T;
}

interface ModelJson {
  modelTopology: unknown;
  format: unknown;
  weightsManifest: { paths: string[]; weights: unknown[] }[];
}

/** What nsfwjs/models/inception_v3 exports: the parts of the model, weights in base64. */
interface BundledModel {
  modelJson(): Promise<Part<ModelJson>>;
  weightBundles: (() => Promise<Part<string>>)[];
}

/**
 * InceptionV3 of nsfwjs. Of its package only the files of the model are used: its own loader wants all of TensorFlow.js.
 *
 * @returns a function from RGB pixels, `moderationSize` squared, to probabilities
 */
export async function loadModerationModel(tf: Tensorflow): Promise<(pixels: Uint8Array) => Promise<ModerationScores>> {
  // Not by require: the package's CommonJS form copies the weights character by character, which takes 40 s.
  const { InceptionV3Model }: { InceptionV3Model: BundledModel } = await import(packages.moderation);
  const model = await tf.loadLayersModel({ load: () => artifacts(InceptionV3Model) });
  return async (pixels) => {
    const input = tf.tensor(
      Float32Array.from(pixels, (value) => value / 255),
      [1, moderationSize, moderationSize, 3],
    );
    const output = model.predict(input);
    const [drawing = 0, hentai = 0, neutral = 0, porn = 0, sexy = 0] = await output.data();
    input.dispose();
    output.dispose();
    return { drawing, hentai, neutral, porn, sexy };
  };
}

async function artifacts({ modelJson, weightBundles }: BundledModel) {
  const { default: model } = await modelJson();
  const shards = await Promise.all(weightBundles.map((load) => load()));
  // A copy, because a small Buffer may be a window on a larger ArrayBuffer.
  const weights = new Uint8Array(Buffer.concat(shards.map(({ default: base64 }) => Buffer.from(base64, 'base64'))));
  return {
    modelTopology: model.modelTopology,
    format: model.format,
    weightSpecs: model.weightsManifest.flatMap((group) => group.weights),
    weightData: weights.buffer,
  };
}
