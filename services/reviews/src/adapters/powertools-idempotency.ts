import {
  IdempotencyAlreadyInProgressError,
  IdempotencyConfig,
  IdempotencyValidationError,
  makeIdempotent,
} from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { ConflictError } from '@happy-path/http-api/errors';
import type { Context } from 'aws-lambda';
import { otherReview } from '../domain/post-review.ts';

/** How long a result is kept for those who repeat their request. */
const keptSeconds = 24 * 3600;
const busySeconds = 1;

/** A request that its author may repeat. */
export interface Repeatable {
  readonly author: string;
  /** The author's idempotency key; a request without one is done whenever it comes. */
  readonly key: string | undefined;
  /** What must be the same in all requests with one key. */
  readonly payload: object;
}

/** Does requests with the same author and key once; the repeated ones get the first one's result, which is kept for a day. */
export function onceFor(tableName: string) {
  const persistenceStore = new DynamoDBPersistenceLayer({ tableName });

  /**
   * @throws ConflictError when the key was used for something else, or its first request is still being worked on
   */
  return async <Result extends object>(
    context: Context,
    request: Repeatable,
    work: () => Promise<Result>,
  ): Promise<Result> => {
    if (request.key === undefined) return work();
    // A configuration of its own for each request: it keeps the invocation's context, and with it the time that is left.
    const config = new IdempotencyConfig({
      eventKeyJmesPath: '[author, key]',
      payloadValidationJmesPath: 'payload',
      expiresAfterSeconds: keptSeconds,
      throwOnNoIdempotencyKey: true,
      lambdaContext: context,
    });
    const once = makeIdempotent(async (_request: Repeatable) => ({ ...(await work()) }), { persistenceStore, config });
    try {
      return (await once(request)) as Result;
    } catch (error) {
      if (error instanceof IdempotencyValidationError) throw new ConflictError(otherReview);
      if (error instanceof IdempotencyAlreadyInProgressError)
        throw new ConflictError('The first request with this Idempotency-Key is still being worked on', busySeconds);
      throw error;
    }
  };
}
