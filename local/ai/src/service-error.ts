/**
 * What a service answers instead of a result. Statuses are those of the API reference; of throttling too, which Rekognition
 * answers with 500, so that an SDK retries it.
 */
export const errorStatus = {
  AccessDeniedException: 400,
  ImageTooLargeException: 400,
  InternalServerError: 500,
  InvalidImageFormatException: 400,
  InvalidParameterException: 400,
  InvalidS3ObjectException: 400,
  MissingAuthenticationTokenException: 400,
  ProvisionedThroughputExceededException: 400,
  RequestEntityTooLargeException: 413,
  SerializationException: 400,
  ServiceUnavailable: 503,
  ThrottlingException: 500,
  UnknownOperationException: 400,
  ValidationException: 400,
} as const;

export type ErrorName = keyof typeof errorStatus;

/** Messages of the service where it has one of its own for the error, whatever the reason. */
const usualMessage: Partial<Record<ErrorName, string>> = {
  AccessDeniedException: 'User is not authorized to perform this operation.',
  InternalServerError: 'Internal server error',
  InvalidImageFormatException: 'Request has invalid image format',
  InvalidParameterException: 'Request has invalid parameters',
  InvalidS3ObjectException:
    'Unable to get object metadata from S3. Check object key, region and/or access permissions.',
  MissingAuthenticationTokenException: 'Missing Authentication Token',
  ProvisionedThroughputExceededException: 'Provisioned rate exceeded',
  ServiceUnavailable: 'Service is unavailable',
  ThrottlingException: 'Rate exceeded',
};

/** An error of a service, as its clients see it. */
export class ServiceError extends Error {
  override readonly name: ErrorName;

  constructor(name: ErrorName, message = usualMessage[name] ?? '', options?: ErrorOptions) {
    super(message, options);
    this.name = name;
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

/** The body of an error. @param requestId goes into Logref, by which the service's own log is searched */
export function errorBody({ name, message }: ServiceError, requestId: string): Record<string, string> {
  if (commonErrors.has(name)) return { __type: name, ...(message && { message }) };
  return { __type: name, Code: name, Logref: requestId, Message: message };
}
