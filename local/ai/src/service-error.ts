/** What a service answers instead of a result, and the status. Statuses are those of the API references. */
const errorStatus = {
  AccessDeniedException: 400,
  BatchSizeLimitExceededException: 400,
  DetectedLanguageLowConfidenceException: 400,
  ImageTooLargeException: 400,
  InternalServerError: 500,
  InternalServerException: 500,
  InvalidImageFormatException: 400,
  InvalidParameterException: 400,
  InvalidRequestException: 400,
  InvalidS3ObjectException: 400,
  MissingAuthenticationTokenException: 400,
  ProvisionedThroughputExceededException: 400,
  RequestEntityTooLargeException: 413,
  SerializationException: 400,
  ServiceUnavailable: 503,
  ServiceUnavailableException: 500,
  TextSizeLimitExceededException: 400,
  ThrottlingException: 400,
  TooManyRequestsException: 400,
  UnknownOperationException: 400,
  UnsupportedLanguageException: 400,
  UnsupportedLanguagePairException: 400,
  ValidationException: 400,
} as const;

export type ErrorName = keyof typeof errorStatus;

export const errorNames = Object.keys(errorStatus);

/** Messages of the service where it has one of its own for the error, whatever the reason. */
const usualMessage: Partial<Record<ErrorName, string>> = {
  AccessDeniedException: 'User is not authorized to perform this operation.',
  InternalServerError: 'Internal server error',
  InternalServerException: 'Internal server error',
  InvalidImageFormatException: 'Request has invalid image format',
  InvalidParameterException: 'Request has invalid parameters',
  InvalidS3ObjectException:
    'Unable to get object metadata from S3. Check object key, region and/or access permissions.',
  MissingAuthenticationTokenException: 'Missing Authentication Token',
  ProvisionedThroughputExceededException: 'Provisioned rate exceeded',
  ServiceUnavailable: 'Service is unavailable',
  ServiceUnavailableException: 'Service is unavailable',
  ThrottlingException: 'Rate exceeded',
  TooManyRequestsException: 'Too many requests',
};

/** Members that some errors have beside their message. */
export interface ErrorMembers {
  DetectedLanguageCode?: string;
  SourceLanguageCode?: string;
  TargetLanguageCode?: string;
}

/** An error of a service, as its clients see it. */
export class ServiceError extends Error {
  override readonly name: ErrorName;
  readonly members: ErrorMembers;

  constructor(
    name: ErrorName,
    message = usualMessage[name] ?? '',
    { members = {}, ...options }: ErrorOptions & { members?: ErrorMembers } = {},
  ) {
    super(message, options);
    this.name = name;
    this.members = members;
  }
}

/** Errors that come from the layer in front of every service; it writes their message in lower case and nothing else. */
const commonErrors: ReadonlySet<ErrorName> = new Set([
  'MissingAuthenticationTokenException',
  'RequestEntityTooLargeException',
  'SerializationException',
  'UnknownOperationException',
  'ValidationException',
]);

const isRekognition = (target: string | undefined) => target === undefined || target.startsWith('RekognitionService.');

/** @param target the operation as it is named on the wire */
export function statusOf({ name }: ServiceError, target: string | undefined): number {
  // Rekognition answers throttling with 500, so that every SDK retries it.
  return name === 'ThrottlingException' && isRekognition(target) ? 500 : errorStatus[name];
}

/** The body of an error. @param requestId goes into Rekognition's Logref, by which its own log is searched */
export function errorBody(
  { name, message, members }: ServiceError,
  target: string | undefined,
  requestId: string,
): Record<string, string> {
  if (commonErrors.has(name)) return { __type: name, ...(message && { message }) };
  if (isRekognition(target)) return { __type: name, Code: name, Logref: requestId, Message: message };
  return { __type: name, Message: message, ...members };
}
