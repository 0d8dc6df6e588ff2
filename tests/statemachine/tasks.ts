/** Tasks that a photo must pass; each answers with an outcome that a Choice reads. */
export const judges = ['CheckDimensions', 'Moderator', 'DetectPeople', 'Resizer'] as const;
export type Judge = (typeof judges)[number];

export type Task = Judge | 'Claim' | 'GetPlace' | 'Publish' | 'RecordFailState' | 'RecordFault';

/** Errors of Lambda itself; they pass, and are retried longer than a function's own. */
export const lambdaErrors = [
  'Lambda.TooManyRequestsException',
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.ClientExecutionTimeoutException',
];

/** Errors of Rekognition that pass, by the names that the SDK throws and a function reports. */
export const rekognitionErrors = [
  'ThrottlingException',
  'ProvisionedThroughputExceededException',
  'InternalServerError',
  'TimeoutError',
];

/** Tasks that wait for Rekognition. */
export const rekognitionTasks: readonly Task[] = ['Moderator', 'DetectPeople'];
