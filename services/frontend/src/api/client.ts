import * as v from 'valibot';
import { session } from '../session/session.ts';
import { ApiProblem, problemOf } from './problem.ts';

export { ApiProblem } from './problem.ts';

type Schema = v.GenericSchema<unknown, unknown>;
type Query = Readonly<Record<string, string | number | undefined>>;

interface Options {
  readonly query?: Query | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Follows an upload from the click to the published photo; made up when not given. */
  readonly correlationId?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const timeoutMs = 20_000;

interface Place {
  /** Where paths begin; asked for at each request. */
  readonly baseUrl: () => string;
  /** What is public to read does not wait for a token, and is not told who asks. All else needs one. */
  readonly ownPaths: RegExp;
}

/** One of the system's HTTP APIs. Every method throws {@link ApiProblem}, or the signal's reason when aborted. */
export const apiAt = (at: Place) => ({
  /** @returns what `schema` makes of the answer */
  get<S extends Schema>(path: string, schema: S, options?: Options): Promise<v.InferOutput<S>> {
    return send(at, 'GET', path, schema, undefined, options);
  },
  post<S extends Schema>(path: string, schema: S, body: unknown, options?: Options): Promise<v.InferOutput<S>> {
    return send(at, 'POST', path, schema, body, options);
  },
  async delete(path: string, options?: Options): Promise<void> {
    await send(at, 'DELETE', path, v.unknown(), undefined, options);
  },
});

/** The backend's, below /api of this site. */
export const api = apiAt({ baseUrl: () => '/api', ownPaths: /^\/(images|me)(\/|$)/ });

async function send<S extends Schema>(
  at: Place,
  method: string,
  path: string,
  schema: S,
  body: unknown,
  options: Options = {},
): Promise<v.InferOutput<S>> {
  const correlationId = options.correlationId ?? crypto.randomUUID();
  const withToken = method !== 'GET' || at.ownPaths.test(path);
  const attempt = async (token: string | undefined) =>
    request(method, at.baseUrl() + path, body, { ...options, correlationId }, token).catch((cause: unknown) => {
      if (options.signal?.aborted) throw options.signal.reason;
      throw new ApiProblem({ type: 'page:network', status: 0, correlationId }, { cause });
    });

  /** Without an answer of the user pool there is no token, and no use in asking without one. */
  const unreachable = (cause: unknown): never => {
    throw new ApiProblem({ type: 'page:network', status: 0, correlationId }, { cause });
  };
  const token = withToken ? await session.token().catch(unreachable) : undefined;
  let response = await attempt(token);
  if (response.status === 401 && token !== undefined) {
    // The token was withdrawn, or this device's clock is wrong.
    const renewed = await session.refresh().catch(unreachable);
    if (renewed !== undefined) response = await attempt(renewed);
  }
  if (!response.ok) throw await problemOf(response, correlationId);
  const answer = response.status === 204 ? undefined : await response.json().catch(() => undefined);
  const parsed = v.safeParse(schema, answer);
  if (parsed.success) return parsed.output;
  throw new ApiProblem({
    type: 'page:unexpected',
    status: response.status,
    detail: `${method} ${path.replace(/\/[0-9a-f-]{16,}/g, '/…')}: ${v.getDotPath(parsed.issues[0]) ?? 'no JSON'}`,
    correlationId,
  });
}

function request(
  method: string,
  url: string,
  body: unknown,
  { query = {}, headers, correlationId, signal }: Options,
  token: string | undefined,
): Promise<Response> {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  const search = given.length > 0 ? `?${new URLSearchParams(given)}` : '';
  const timeout = AbortSignal.timeout(timeoutMs);
  return fetch(url + search, {
    method,
    headers: {
      accept: 'application/json',
      ...(correlationId !== undefined && { 'x-correlation-id': correlationId }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}
