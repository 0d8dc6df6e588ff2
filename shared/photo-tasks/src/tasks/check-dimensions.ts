import { list, readEnvironment } from '@happy-path/runtime/environment';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { readSize } from '../adapters/image-size-reader.ts';
import { readOriginal } from '../adapters/s3-originals.ts';
import { checkDimensions } from '../domain/dimensions.ts';
import { type FileType, fileTypes } from '../domain/file-type.ts';
import type { CheckOutcome } from '../domain/task-outcome.ts';
import { beginTask, endTask, limitsFrom, limitVariables } from './photo-task.ts';

const env = readEnvironment({
  ALLOWED_TYPES: list(z.enum(Object.keys(fileTypes) as FileType[])),
  ...limitVariables,
});
const rules = { ...limitsFrom(env), allowedTypes: env.ALLOWED_TYPES };

/** Task `CheckDimensions`: reads the beginning of the version that was uploaded, and checks its type and size in pixels. */
export const handler = async (event: unknown, context: Context): Promise<CheckOutcome> => {
  const photo = beginTask(event, context);
  const readOpening = (maxBytes: number) => readOriginal(photo, maxBytes);
  return endTask(await checkDimensions(rules, { readOpening, readSize }));
};
