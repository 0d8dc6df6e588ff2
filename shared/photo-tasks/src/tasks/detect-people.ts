import { readEnvironment, wholeNumber } from '@happy-path/runtime/environment';
import type { Context } from 'aws-lambda';
import { showsPerson } from '../adapters/rekognition.ts';
import { judgePeople } from '../domain/people.ts';
import type { CheckOutcome } from '../domain/task-outcome.ts';
import { judgedCopyOf } from './judged-copy.ts';
import { beginTask, endTask, limitsFrom, limitVariables } from './photo-task.ts';

const env = readEnvironment({
  ...limitVariables,
  MIN_CONFIDENCE: wholeNumber(1, 100),
});
const limits = limitsFrom(env);

/** Task `DetectPeople`: has Rekognition look for people in the pixels that would be published. */
export const handler = async (event: unknown, context: Context): Promise<CheckOutcome> => {
  const photo = beginTask(event, context);
  const copy = await judgedCopyOf(photo, limits);
  if (copy.outcome !== 'COPIED') return endTask(copy);
  return endTask(judgePeople(await showsPerson(copy.jpeg, env.MIN_CONFIDENCE)));
};
