import type { JsonObject } from './fields.ts';

/** What an operation is told of the request it answers. */
export interface Call {
  /** Aborts when the client has gone. */
  signal: AbortSignal;
  /** Adds to the request's line in the log. */
  note(fields: JsonObject): void;
}

/** Answers a request with the body of its response. @throws ServiceError; any other error is an InternalServerError */
export type OperationHandler = (input: JsonObject, call: Call) => Promise<object>;

/** Operations by their name on the wire, the header x-amz-target: `RekognitionService.DetectLabels`. */
export type Operations = Record<string, OperationHandler>;
