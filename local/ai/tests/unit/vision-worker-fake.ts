/** Answers with the pixels it was given instead of what is in them, and dies of red ones. */
import { parentPort } from 'node:worker_threads';
import type { FromWorker, ToWorker } from '../../src/model-thread.ts';
import type { ModelName } from '../../src/vision.ts';

const tell = (message: FromWorker<ModelName>) => parentPort?.postMessage(message);

parentPort?.on('message', ({ id, input }: ToWorker<ModelName, Uint8Array>) => {
  const first = [...input.subarray(0, 3)];
  if (first.join() === '255,0,0') throw new Error('red is too much');
  tell({ id, result: { bytes: input.length, first } });
});
for (const loaded of ['objects', 'moderation'] as const) tell({ loaded, ms: 1 });
