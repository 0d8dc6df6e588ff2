import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { Operation } from './open-api.ts';

/** What is sent to one operation; unset parts are those of its sample under events/invoke. */
export interface Sent {
  readonly query?: Readonly<Record<string, string>>;
  readonly path?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Claims of the caller's token, beside those of the sample. */
  readonly claims?: Readonly<Record<string, string>>;
}

export interface Received {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** The functions behind one API, with AWS mocked. */
export interface ApiFunctions {
  /** As deployed with the template's defaults. To be called before a handler is imported. */
  setEnvironment(): void;
  /** Every call to AWS succeeds and finds what the samples ask for. Lists have more than one page. */
  arrangeSuccess(): void;
  request(operation: Operation, sent?: Sent, remainingMs?: number): Promise<Received>;
  sampleOf(id: string): APIGatewayProxyEventV2;
  /** Inputs of the calls to AWS that the handlers made since {@link arrangeSuccess} or {@link forgetCalls}. */
  callsToAws(): object[];
  forgetCalls(): void;
}

export const handlerFile = (id: string) => id.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);

/** Calls the real handlers of a service's operations with their samples. */
export function functionsOf(service: string) {
  const root = join(import.meta.dirname, '../..');
  const sampleOf = (id: string): APIGatewayProxyEventV2 =>
    JSON.parse(readFileSync(join(root, `events/invoke/${service}/${handlerFile(id)}.json`), 'utf8'));

  /** Calls the real handler of an operation, at the template's function timeout. */
  async function request({ id }: Operation, sent: Sent = {}, remainingMs = 20_000): Promise<Received> {
    const sample = structuredClone(sampleOf(id));
    const { authorizer } = sample.requestContext as { authorizer?: { jwt: { claims: object } } };
    if (authorizer) Object.assign(authorizer.jwt.claims, sent.claims);
    const event = {
      ...sample,
      headers: { ...sample.headers, ...sent.headers },
      queryStringParameters: sent.query ?? sample.queryStringParameters,
      pathParameters: sent.path ?? sample.pathParameters,
      body: sent.body ?? sample.body,
    };
    const { handler } = await import(`../../services/${service}/src/handlers/${handlerFile(id)}.ts`);
    const context = { awsRequestId: 'request', getRemainingTimeInMillis: () => remainingMs } as Context;
    const answer: APIGatewayProxyStructuredResultV2 = await handler(event, context);
    return { status: answer.statusCode ?? 0, headers: answer.headers ?? {}, body: answer.body ?? '' };
  }

  return { request, sampleOf };
}
