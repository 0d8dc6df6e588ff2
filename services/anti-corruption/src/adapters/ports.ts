import { text, wholeNumber } from '@happy-path/runtime/environment';
import type * as z from 'zod/mini';
import type { IntakePorts } from '../domain/intake.ts';
import { jobMemory } from './dynamo-job-memory.ts';
import { deadLetters, fitsMessage } from './letters.ts';
import { jobEventsTopic } from './sns-job-events.ts';
import { heldChanges } from './sqs-held-changes.ts';

/** What a function that takes changes in finds in its environment. */
export const intakeEnvironment = {
  TABLE_NAME: text,
  TOPIC_ARN: text,
  DEAD_LETTER_QUEUE_URL: text,
  HELD_CHANGES_QUEUE_URL: text,
  HOLD_SECONDS: wholeNumber(1, 900),
  SOURCE_EPOCH: wholeNumber(0, 9999),
  KEEP_DELETED_DAYS: wholeNumber(1, 3650),
};
type Environment = z.infer<z.ZodMiniObject<typeof intakeEnvironment>>;

const secondsPerDay = 86_400;

export function intakePorts(env: Environment): IntakePorts {
  const held = heldChanges(env.HELD_CHANGES_QUEUE_URL, env.HOLD_SECONDS);
  const giveUp = deadLetters(env.DEAD_LETTER_QUEUE_URL);
  return {
    ...jobMemory(env.TABLE_NAME, env.KEEP_DELETED_DAYS * secondsPerDay),
    ...held,
    publish: jobEventsTopic(env.TOPIC_ARN),
    giveUp,
    setAside: (raw) =>
      fitsMessage(raw) ? held.setAside(raw) : giveUp(raw, new Error('The job of this salary has not come')),
  };
}
