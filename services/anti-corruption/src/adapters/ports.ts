import { sendDeadLetter } from '@happy-path/aws/dead-letters';
import type { IntakePorts } from '../domain/intake.ts';
import { jobMemory } from './dynamo-job-memory.ts';
import { jobEventsTopic } from './sns-job-events.ts';

const secondsPerDay = 86_400;

interface Settings {
  readonly TABLE_NAME: string;
  readonly TOPIC_ARN: string;
  readonly DEAD_LETTER_QUEUE_URL: string;
  readonly KEEP_DELETED_DAYS: number;
}

/** What both ways in share. */
export const intakePorts = (env: Settings): Omit<IntakePorts, 'scheduleRelease' | 'setAside'> => ({
  ...jobMemory(env.TABLE_NAME, env.KEEP_DELETED_DAYS * secondsPerDay),
  publish: jobEventsTopic(env.TOPIC_ARN),
  giveUp: (raw, error) => sendDeadLetter(env.DEAD_LETTER_QUEUE_URL, raw, error),
});
