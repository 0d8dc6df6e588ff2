/**
 * Owns the models, in a thread of its own: a call computes for up to half a second without a pause. It loads them one after
 * the other; what is asked before its model is there waits. An error ends the thread, and model-thread.ts starts another.
 */
import { parentPort } from 'node:worker_threads';
import type { FromWorker, ToWorker } from './model-thread.ts';
import { loadModerationModel } from './moderation-model.ts';
import { loadObjectModel } from './object-model.ts';
import { loadTensorflow, type Tensorflow } from './tensorflow.ts';
import { inputOf, type ModelName } from './vision.ts';

type Model = (pixels: Uint8Array) => Promise<unknown>;

// The libraries greet, and advise on Node; errors still reach stderr.
for (const level of ['debug', 'info', 'log', 'warn'] as const) console[level] = () => {};

const tell = (message: FromWorker<ModelName>) => parentPort?.postMessage(message);

async function load(name: ModelName, loader: (tf: Tensorflow) => Promise<Model>, tf: Tensorflow): Promise<Model> {
  const startedAt = performance.now();
  const model = await loader(tf);
  // The first call compiles kernels and takes twice as long as the next ones.
  await model(new Uint8Array(inputOf[name].size ** 2 * 3));
  tell({ loaded: name, ms: Math.round(performance.now() - startedAt) });
  return model;
}

const tensorflow = loadTensorflow();
// The one that loads in a tenth of a second first.
const objects = tensorflow.then((tf) => load('objects', loadObjectModel, tf));
const moderation = objects.then(() => tensorflow).then((tf) => load('moderation', loadModerationModel, tf));
const models: Record<ModelName, Promise<Model>> = { objects, moderation };

parentPort?.on('message', async ({ id, model, input }: ToWorker<ModelName, Uint8Array>) => {
  const run = await models[model];
  tell({ id, result: await run(input) });
});
