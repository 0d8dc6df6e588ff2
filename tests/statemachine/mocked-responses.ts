/**
 * Answers of tasks in the cases of this folder, for the engine's SFN_MOCK_CONFIG (the format of Step Functions Local). All
 * versions have the same cases; what is said of a state that a version lacks is ignored. A task that a case does not name
 * runs for real. The engine gives one answer to all tries of a task, so these are tasks that fail every time; flaky-tasks.ts
 * has those that recover.
 */
import { type Judge, judges, type Task } from './tasks.ts';

const thrown = (error: string) => ({ Throw: { Error: error, Cause: 'said by the test' } });
const returned = (payload: unknown) => ({ Return: { StatusCode: 200, Payload: payload } });

const rendition = (kind: string, type: string, extension: string) => ({
  kind,
  type,
  key: `photos/from-a-mock/${kind}.${extension}`,
  width: 400,
  height: 400,
  bytes: 1000,
});
export const renderedPhoto = {
  outcome: 'RENDERED',
  width: 4000,
  height: 3000,
  renditions: [rendition('tile', 'image/jpeg', 'jpg'), rendition('scaled', 'image/webp', 'webp')],
};
const accepted = { outcome: 'ACCEPTED' };

/** What each task says of a photo that passes. */
export const passingAnswers = {
  CheckDimensions: accepted,
  Moderator: accepted,
  DetectPeople: accepted,
  Resizer: renderedPhoto,
} satisfies Record<Judge, unknown>;

const refusal = (reason: string) => ({ outcome: 'REJECTED', reason, reasonDetail: `Take it again (${reason}).` });
export const refusals = {
  CheckDimensions: refusal('IMAGE_TOO_SMALL'),
  Moderator: refusal('FAILED_MODERATION'),
  DetectPeople: refusal('NO_PEOPLE_ALLOWED'),
  Resizer: refusal('UNREADABLE_IMAGE'),
} satisfies Record<Judge, unknown>;

/** What no machine knows. */
export const unheardOf = { outcome: 'UNHEARD_OF' };

/** Errors of tasks that fail at every try, by what has happened. */
export const failures = {
  Down: 'Lambda.ServiceException',
  Throttled: 'ThrottlingException',
  TimesOut: 'States.Timeout',
  Busy: 'DynamoDB.ProvisionedThroughputExceededException',
};
export type Failure = keyof typeof failures;

type Answers = Partial<Record<Task, string>>;

const passing: Answers = {
  CheckDimensions: 'Accepted',
  Moderator: 'Accepted',
  DetectPeople: 'Accepted',
  Resizer: 'Rendered',
};

/** Cases of one task: `ModeratorDown` has all tasks pass the photo but the Moderator, which is down. */
function casesOf<T extends Task, Kind extends string>(
  tasks: readonly T[],
  kinds: readonly Kind[],
  answer: (task: T, kind: Kind) => string | undefined,
): Record<`${T}${Kind}`, Answers> {
  const cases = tasks.flatMap((task) =>
    kinds.map((kind) => [`${task}${kind}`, { ...passing, [task]: answer(task, kind) }]),
  );
  return Object.fromEntries(cases);
}

const isClaimed: Answers = { ...passing, Claim: 'Done' };
const cases = {
  Passes: passing,
  ...casesOf(judges, ['Rejected', 'Unheard', 'ForReal'], (task, kind) => {
    if (kind === 'ForReal') return undefined;
    return kind === 'Rejected' ? `${task}Rejected` : kind;
  }),
  ...casesOf([...judges, 'Publish'], ['Down', 'Throttled', 'TimesOut'], (_, failure) => failure),
  ...casesOf(['Claim', 'GetPlace'], ['Busy'], (_, failure) => failure),
  RefusalBusy: { ...passing, Resizer: 'ResizerRejected', RecordFailState: 'Busy' },
  FaultBusy: { ...passing, Resizer: 'Unheard', RecordFault: 'Busy' },
  // Claim is said to have succeeded, so that the row can be as if something had happened since.
  LatePublication: isClaimed,
  LateRefusal: { ...isClaimed, Resizer: 'ResizerRejected' },
  LateFault: { ...isClaimed, Resizer: 'Unheard' },
};

export type Case = keyof typeof cases;

const responses = {
  Accepted: returned(accepted),
  Rendered: returned(renderedPhoto),
  Unheard: returned(unheardOf),
  Done: { Return: {} },
  ...Object.fromEntries(judges.map((task) => [`${task}Rejected`, returned(refusals[task])])),
  ...Object.fromEntries(Object.entries(failures).map(([name, error]) => [name, thrown(error)])),
};

const machines = ['v1', 'v2', 'v3', 'v4'].map((version) => `happy-path-local-workflow-${version}`);

/** The file that SFN_MOCK_CONFIG names. */
export const mockConfig = {
  StateMachines: Object.fromEntries(machines.map((machine) => [machine, { TestCases: cases }])),
  MockedResponses: Object.fromEntries(
    // Every attempt.
    Object.entries(responses).map(([name, response]) => [name, { '0-20': response }]),
  ),
};
