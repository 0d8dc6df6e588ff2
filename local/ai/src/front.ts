import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isObject, type JsonObject } from './fields.ts';
import type { Operations } from './operations.ts';
import { HangUpError } from './script.ts';
import { errorBody, ServiceError, statusOf } from './service-error.ts';

const contentType = 'application/x-amz-json-1.1';
/** 5 MB of picture are 6.7 MB of Base64. */
const maxBodyBytes = 10 * 1024 ** 2;

/** Answers what is under /_local/. @returns false for paths it does not know */
export type Control = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

export interface FrontOptions {
  operations: Operations;
  control: Control;
  log: (line: JsonObject) => void;
}

/**
 * An HTTP server that speaks the JSON 1.1 protocol of AWS: POST /, the operation in x-amz-target, errors with a __type.
 * A request must be signed, but the signature is not verified: there is no secret to verify it with.
 */
export function createFront({ operations, control, log }: FrontOptions): Server {
  return createServer((request, response) => {
    void (request.url?.startsWith('/_local/') ? answerControl(request, response) : answer(request, response));
  });

  async function answerControl(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (!(await control(request, response))) sendJson(response, 404, { message: 'There is nothing here.' });
    } catch (error) {
      log({ path: request.url, error: String(error) });
      if (!response.headersSent) sendJson(response, 500, { message: 'Internal server error' });
    }
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedAt = performance.now();
    const requestId = randomUUID();
    const target = request.headers['x-amz-target']?.toString();
    const line: JsonObject = { time: new Date().toISOString(), requestId, operation: target };
    const client = new AbortController();
    response.on('close', () => client.abort(new Error('the client has gone')));
    const note = (fields: JsonObject) => void Object.assign(line, fields);

    try {
      const operation = findOperation(request);
      const body = await operation(parseBody(await readBody(request)), { signal: client.signal, note });
      send(response, 200, body, requestId);
      note({ status: 200 });
    } catch (error) {
      if (error instanceof HangUpError) response.destroy();
      else if (!client.signal.aborted) {
        const failure = error instanceof ServiceError ? error : new ServiceError('InternalServerError');
        const status = statusOf(failure, target);
        send(response, status, errorBody(failure, target, requestId), requestId);
        note({ status, error: failure.name, ...causeOf(error) });
      }
    }
    log({ ...line, ...(client.signal.aborted && { gone: true }), ms: Math.round(performance.now() - startedAt) });
  }

  function send(response: ServerResponse, status: number, body: object, requestId: string): void {
    response.setHeader('x-amzn-requestid', requestId);
    sendJson(response, status, body, contentType);
  }

  function findOperation({ method, url, headers }: IncomingMessage): Operations[string] {
    const target = headers['x-amz-target'];
    const isCall = method === 'POST' && url === '/' && headers['content-type']?.startsWith(contentType);
    const operation = isCall && typeof target === 'string' && Object.hasOwn(operations, target) && operations[target];
    if (!operation) throw new ServiceError('UnknownOperationException');
    if (!headers.authorization?.startsWith('AWS4-')) throw new ServiceError('MissingAuthenticationTokenException');
    return operation;
  }
}

/** What the log says of an error beyond what the client is told. */
function causeOf(error: unknown): JsonObject {
  if (!(error instanceof ServiceError)) return { cause: String(error) };
  return {
    ...(error.message && { message: error.message.slice(0, 200) }),
    ...(error.cause ? { cause: String(error.cause) } : {}),
  };
}

/** @throws ServiceError for a body that is larger than any that is right */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  // Looked at first, because a body that is read in part cannot be answered any more.
  if (Number(request.headers['content-length']) > maxBodyBytes)
    throw new ServiceError('RequestEntityTooLargeException');
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBodyBytes) throw new ServiceError('RequestEntityTooLargeException');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseBody(body: Buffer): JsonObject {
  try {
    const parsed: unknown = JSON.parse(body.toString());
    if (isObject(parsed)) return parsed;
  } catch {
    // Said below.
  }
  throw new ServiceError('SerializationException', 'The body is not a JSON object.');
}

export function sendJson(response: ServerResponse, status: number, body: object, type = 'application/json'): void {
  const content = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'content-type': type, 'content-length': content.length }).end(content);
}
