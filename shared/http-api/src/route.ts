import { count, flushMetrics, logger } from '@happy-path/runtime/observability';
import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyEventV2WithJWTAuthorizer,
  APIGatewayProxyStructuredResultV2,
  Context,
} from 'aws-lambda';
import * as z from 'zod/mini';
import {
  AccountDeletedError,
  ConflictError,
  type FieldProblem,
  ForbiddenError,
  NotFoundError,
  QuotaExceededError,
  ValidationError,
} from './errors.ts';

/** What a route answers: a status and a JSON body, or no body. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export interface ApiRequest {
  readonly event: APIGatewayProxyEventV2;
  readonly context: Context;
  /** The caller's own id for what it is doing, or the request's: it follows a photo until it is published. */
  readonly correlationId: string;
}

const correlationHeader = 'x-correlation-id';
/** Takes this API's own request ids too, which are base64. */
const correlationPattern = /^[A-Za-z0-9_+/=-]{8,64}$/;
/** Larger than most bodies that operations take; checked before the body is parsed. */
const usualMaxBodyBytes = 8192;

/**
 * Turns a route's function into a Lambda handler: correlation id, and RFC 9457 problem documents for errors.
 * An unexpected error is logged whole and answered as a 500 that says nothing about the inside.
 */
export function route(respond: (request: ApiRequest) => Promise<Answer>) {
  return async (event: APIGatewayProxyEventV2, context: Context): Promise<APIGatewayProxyStructuredResultV2> => {
    const given = event.headers[correlationHeader];
    const correlationId = given && correlationPattern.test(given) ? given : event.requestContext.requestId;
    logger.addContext(context);
    logger.resetKeys();
    logger.appendKeys({ correlationId, routeKey: event.routeKey });
    const answer = await respond({ event, context, correlationId }).catch(problem);
    logger.info('answered', { status: answer.status });
    flushMetrics();
    return {
      statusCode: answer.status,
      headers: {
        ...(answer.body !== undefined && {
          'content-type': answer.status >= 400 ? 'application/problem+json' : 'application/json',
        }),
        'cache-control': 'no-store',
        [correlationHeader]: correlationId,
        ...answer.headers,
      },
      ...(answer.body !== undefined && { body: JSON.stringify(answer.body) }),
    };
  };
}

/** The caller's subject, from the token that the authorizer has verified. */
export function callerOf(event: APIGatewayProxyEventV2): string {
  const subject = claimOf(event, 'sub');
  if (typeof subject !== 'string' || subject === '') throw new Error(`Route ${event.routeKey} has no authorizer`);
  return subject;
}

/**
 * The groups of the user pool that the caller belongs to. API Gateway hands a list on as text: `[managers staff]`.
 */
export function groupsOf(event: APIGatewayProxyEventV2): string[] {
  const groups = claimOf(event, 'cognito:groups');
  const texts = Array.isArray(groups) ? groups.map(String) : String(groups ?? '').split(/[[\]\s,"]+/);
  return texts.filter((group) => group !== '');
}

function claimOf(event: APIGatewayProxyEventV2, name: string): unknown {
  const { authorizer } = (event as APIGatewayProxyEventV2WithJWTAuthorizer).requestContext;
  return authorizer?.jwt?.claims[name];
}

/**
 * The caller's own key for a request that it may repeat.
 *
 * @throws ValidationError when it is malformed
 */
export function idempotencyKeyOf(event: APIGatewayProxyEventV2): string | undefined {
  const key = event.headers['idempotency-key'];
  if (key !== undefined && !/^[\x21-\x7e]{1,100}$/.test(key))
    throw new ValidationError([{ field: 'Idempotency-Key', rule: 'must be 1 to 100 visible ASCII characters' }]);
  return key;
}

/** @throws ValidationError naming each query parameter that breaks a rule */
export const parseQuery = <S extends z.core.$ZodType>(schema: S, event: APIGatewayProxyEventV2): z.infer<S> =>
  parse(schema, event.queryStringParameters ?? {});

/** @throws ValidationError naming each path parameter that breaks a rule */
export const parsePath = <S extends z.core.$ZodType>(schema: S, event: APIGatewayProxyEventV2): z.infer<S> =>
  parse(schema, event.pathParameters ?? {});

/** @throws ValidationError when the body is no JSON, or naming each field that breaks a rule */
export function parseBody<S extends z.core.$ZodType>(
  schema: S,
  event: APIGatewayProxyEventV2,
  maxBodyBytes = usualMaxBodyBytes,
): z.infer<S> {
  const text = event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64').toString() : (event.body ?? '');
  if (Buffer.byteLength(text) > maxBodyBytes)
    throw new ValidationError([{ field: 'body', rule: `must be at most ${maxBodyBytes} bytes` }]);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new ValidationError([{ field: 'body', rule: 'must be JSON' }]);
  }
  return parse(schema, json);
}

function parse<S extends z.core.$ZodType>(schema: S, input: unknown): z.infer<S> {
  const parsed = z.safeParse(schema, input);
  if (parsed.success) return parsed.data;
  throw new ValidationError(parsed.error.issues.flatMap(fieldProblems));
}

function fieldProblems(issue: z.core.$ZodIssue): FieldProblem[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => ({ field: key, rule: 'is not known' }));
  return [{ field: issue.path.join('.') || 'body', rule: issue.message }];
}

function problem(error: unknown): Answer {
  if (error instanceof ValidationError)
    return problemAnswer(400, 'validation', 'The request breaks a rule', { errors: error.problems });
  if (error instanceof NotFoundError)
    return problemAnswer(404, 'not-found', 'There is no such thing', { detail: error.message });
  if (error instanceof ConflictError)
    return {
      ...problemAnswer(409, 'conflict', 'The request contradicts what is stored', { detail: error.message }),
      ...(error.retryAfterSeconds !== undefined && { headers: { 'retry-after': String(error.retryAfterSeconds) } }),
    };
  if (error instanceof ForbiddenError)
    return problemAnswer(403, 'forbidden', 'The caller may not do this', { detail: error.message });
  if (error instanceof AccountDeletedError)
    return problemAnswer(403, 'account-deleted', 'The account has been deleted', { detail: error.message });
  if (error instanceof QuotaExceededError)
    return {
      ...problemAnswer(429, 'quota-exceeded', 'The quota is used up', { detail: error.message }),
      headers: { 'retry-after': String(error.retryAfterSeconds) },
    };
  logger.error('The request failed', error as Error);
  count('ApiFaults');
  return problemAnswer(500, 'internal', 'Something went wrong on our side');
}

/** `title` is the same for every problem of a type; what is special about this one stands in `more` (RFC 9457, 3.1). */
const problemAnswer = (status: number, slug: string, title: string, more: object = {}): Answer => ({
  status,
  body: { type: `urn:happy-path:problem:${slug}`, title, status, ...more },
});
