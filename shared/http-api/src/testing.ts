import { context } from '@happy-path/runtime/testing';
import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyEventV2WithJWTAuthorizer,
  APIGatewayProxyStructuredResultV2,
  Context,
} from 'aws-lambda';
import { expect } from 'vitest';

export interface Request {
  readonly query?: Record<string, string>;
  readonly path?: Record<string, string>;
  readonly headers?: Record<string, string>;
  /** Sent as it is when text, as JSON otherwise. */
  readonly body?: unknown;
  /** Subject of the caller's token; `undefined` for a visitor who is not signed in. */
  readonly subject?: string | undefined;
  /** The token's `cognito:groups` as API Gateway writes them. */
  readonly groups?: string;
}

/** A request as API Gateway hands it to a function, payload format 2.0. */
export function apiEvent({
  query,
  path,
  headers = {},
  body,
  subject = 'ada',
  groups,
}: Request = {}): APIGatewayProxyEventV2 {
  const event: APIGatewayProxyEventV2WithJWTAuthorizer = {
    version: '2.0',
    routeKey: 'GET /route',
    rawPath: '/route',
    rawQueryString: new URLSearchParams(query).toString(),
    headers,
    requestContext: {
      accountId: '123456789012',
      apiId: 'api',
      authorizer: {
        principalId: '',
        integrationLatency: 0,
        jwt: { claims: { sub: subject, ...(groups && { 'cognito:groups': groups }) }, scopes: [] },
      },
      domainName: 'api.example',
      domainPrefix: 'api',
      http: { method: 'GET', path: '/route', protocol: 'HTTP/1.1', sourceIp: '192.0.2.10', userAgent: 'test' },
      requestId: 'Jx4kZQ0zDoEEPGc=',
      routeKey: 'GET /route',
      stage: '$default',
      time: '14/Jun/2026:09:40:00 +0000',
      timeEpoch: 1_781_430_000_000,
    },
    isBase64Encoded: false,
    ...(query && { queryStringParameters: query }),
    ...(path && { pathParameters: path }),
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  };
  return event;
}

type ApiHandler = (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;

export interface Answered {
  readonly status: number | undefined;
  readonly headers: Record<string, string | number | boolean>;
  /** Parsed; `undefined` when the answer has none. */
  readonly body: unknown;
}

/** Calls a route's handler and reads its answer the way a client would. */
export async function call(handler: ApiHandler, request: Request = {}): Promise<Answered> {
  const { statusCode, headers = {}, body } = await handler(apiEvent(request), context);
  return { status: statusCode, headers, body: body === undefined ? undefined : JSON.parse(body) };
}

/** A refusal that names this field. */
export const refusalOf = (field: string, rule: unknown = expect.any(String)) => ({
  status: 400,
  headers: expect.objectContaining({ 'content-type': 'application/problem+json' }),
  body: {
    type: 'urn:happy-path:problem:validation',
    title: 'The request breaks a rule',
    status: 400,
    errors: expect.arrayContaining([{ field, rule }]),
  },
});
