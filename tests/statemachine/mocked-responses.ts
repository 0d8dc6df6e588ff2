/**
 * Answers of tasks in the cases of v1.test.ts, for the engine's SFN_MOCK_CONFIG (the format of Step Functions Local). A task
 * that a case does not name runs for real. The engine gives one answer to all tries of a task, so these are tasks that fail
 * every time; flaky-tasks.ts has those that recover.
 */
type Response = { Return: unknown } | { Throw: { Error: string; Cause: string } };
type Responses = Record<string, Response>;

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
const rejectedPhoto = { outcome: 'REJECTED', reason: 'UNREADABLE_IMAGE', reasonDetail: 'Take it again.' };

const lambdaDown = 'Lambda.ServiceException';
const tableBusy = 'DynamoDB.ProvisionedThroughputExceededException';
const conditionFails = 'DynamoDB.ConditionalCheckFailedException';
/** Every attempt. */
const always = '0-20';

const responses = {
  ClaimBusyAlways: { [always]: thrown(tableBusy) },
  Rendered: { [always]: returned(renderedPhoto) },
  ResizerDownAlways: { [always]: thrown(lambdaDown) },
  ResizerTimesOut: { [always]: thrown('States.Timeout') },
  Rejected: { [always]: returned(rejectedPhoto) },
  Withdrawn: { [always]: returned({ outcome: 'WITHDRAWN' }) },
  Unheard: { [always]: returned({ outcome: 'UNHEARD_OF' }) },
  PublishDownAlways: { [always]: thrown(lambdaDown) },
  WriteBusyAlways: { [always]: thrown(tableBusy) },
  WriteRefused: { [always]: thrown(conditionFails) },
} satisfies Record<string, Responses>;

type ResponseName = keyof typeof responses;

/** Case of a test -> state -> what it answers. */
export const cases = {
  rendered: { Resizer: 'Rendered' },
  claimBusyAlways: { Claim: 'ClaimBusyAlways' },
  resizerDownAlways: { Resizer: 'ResizerDownAlways' },
  resizerTimesOut: { Resizer: 'ResizerTimesOut' },
  rejected: { Resizer: 'Rejected' },
  originalGone: { Resizer: 'Withdrawn' },
  publishDownAlways: { Resizer: 'Rendered', Publish: 'PublishDownAlways' },
  publishWithdrawn: { Resizer: 'Rendered', Publish: 'Withdrawn' },
  resizerUnheard: { Resizer: 'Unheard' },
  publishUnheard: { Resizer: 'Rendered', Publish: 'Unheard' },
  refusalBusyAlways: { Resizer: 'Rejected', RecordFailState: 'WriteBusyAlways' },
  refusalWithdrawn: { Resizer: 'Rejected', RecordFailState: 'WriteRefused' },
  faultBusyAlways: { Resizer: 'ResizerDownAlways', RecordFault: 'WriteBusyAlways' },
} satisfies Record<string, Record<string, ResponseName>>;

export type Case = keyof typeof cases;

/** The file that SFN_MOCK_CONFIG names. */
export const mockConfig = {
  StateMachines: { 'happy-path-local-workflow-v1': { TestCases: cases } },
  MockedResponses: responses,
};
