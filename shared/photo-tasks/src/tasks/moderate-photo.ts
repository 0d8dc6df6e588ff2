import { list, readEnvironment, text, wholeNumber } from '@happy-path/runtime/environment';
import type { Context } from 'aws-lambda';
import { moderationLabels } from '../adapters/rekognition.ts';
import { judgeContent } from '../domain/moderation.ts';
import type { CheckOutcome } from '../domain/task-outcome.ts';
import { judgedCopyOf } from './judged-copy.ts';
import { beginTask, endTask, limitsFrom, limitVariables } from './photo-task.ts';

const env = readEnvironment({
  ...limitVariables,
  MIN_CONFIDENCE: wholeNumber(1, 100),
  REFUSED_CONTENT: list(text),
});
const limits = limitsFrom(env);

/** Task `Moderator`: has Rekognition look for content that is not shown here, in the pixels that would be published. */
export const handler = async (event: unknown, context: Context): Promise<CheckOutcome> => {
  const photo = beginTask(event, context);
  const copy = await judgedCopyOf(photo, limits);
  if (copy.outcome !== 'COPIED') return endTask(copy);
  const labels = await moderationLabels(copy.jpeg, env.MIN_CONFIDENCE);
  return endTask(judgeContent(labels, env.REFUSED_CONTENT), { labels });
};
