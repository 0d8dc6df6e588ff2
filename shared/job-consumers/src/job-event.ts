import * as z from 'zod/mini';

/**
 * What consumers rely on of a job event, as it comes in a message's body: the envelope of CloudEvents, and data of version 1.
 * What a newer producer adds passes; `data` of each type is for those who know it to read.
 */
const jobEvent = z.object({
  specversion: z.literal('1.0'),
  id: z.string().check(z.minLength(1), z.maxLength(128)),
  source: z.string(),
  type: z.string().check(z.minLength(1), z.maxLength(128)),
  subject: z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/)),
  time: z.iso.datetime({ offset: true }),
  sequence: z.string().check(z.minLength(1), z.maxLength(128)),
  data: z.looseObject({ version: z.literal(1), jobId: z.string() }),
});

/** One change of a job. Of two of one job the later has the greater `sequence`, compared as strings. */
export type JobEvent = z.infer<typeof jobEvent>;

/** The event will never be one that this consumer can read, however often it comes. */
export class UnreadableEventError extends Error {
  override readonly name = 'UnreadableEventError';
}

/** @throws UnreadableEventError when this is no job event of version 1 */
export function readJobEvent(body: string): JobEvent {
  const event = readable(jobEvent, jsonOf(body));
  if (event.subject !== event.data.jobId)
    throw new UnreadableEventError(`subject ${event.subject} is not jobId ${event.data.jobId}`);
  return event;
}

/** @throws UnreadableEventError naming each field that is not as the schema has it */
export function readable<Schema extends z.core.$ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const parsed = z.safeParse(schema, value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new UnreadableEventError(problems.join('; '));
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new UnreadableEventError('the body is no JSON', { cause });
  }
}
