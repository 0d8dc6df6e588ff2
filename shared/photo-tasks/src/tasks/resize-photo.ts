import { renditionPrefix } from '@happy-path/photos/photo-record';
import { readEnvironment, text } from '@happy-path/runtime/environment';
import type { Context } from 'aws-lambda';
import { readOriginal } from '../adapters/s3-originals.ts';
import { storeRenditions } from '../adapters/s3-renditions.ts';
import { render } from '../adapters/sharp-renderer.ts';
import type { ResizeOutcome } from '../domain/resize-outcome.ts';
import { beginTask, endTask, limitsFrom, limitVariables } from './photo-task.ts';

const env = readEnvironment({
  DISTRIBUTION_BUCKET: text,
  ...limitVariables,
});
const limits = limitsFrom(env);

/** Task `Resizer`: reads the version that was uploaded, stores its renditions. What is wrong with the photo is an outcome. */
export const handler = async (event: unknown, context: Context): Promise<ResizeOutcome> => {
  const photo = beginTask(event, context);
  const original = await readOriginal(photo);
  if (original === undefined) return endTask({ outcome: 'WITHDRAWN' });
  const rendered = await render(original, limits);
  if (rendered.outcome === 'REJECTED') return endTask(rendered);
  const { ID, correlationId } = photo;
  const folder = { prefix: renditionPrefix(ID), correlationId };
  const renditions = await storeRenditions(env.DISTRIBUTION_BUCKET, folder, rendered.renditions);
  return endTask({ ...rendered, renditions }, { bytesIn: original.length });
};
