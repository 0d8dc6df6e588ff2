import * as v from 'valibot';

export interface BrokenRule {
  readonly field: string;
  readonly rule: string;
}

/** Types of the API's own problems, and of those that API Gateway or the network cause. */
export const problemTypes = [
  'urn:happy-path:problem:validation',
  'urn:happy-path:problem:not-found',
  'urn:happy-path:problem:conflict',
  'urn:happy-path:problem:account-deleted',
  'urn:happy-path:problem:forbidden',
  'urn:happy-path:problem:quota-exceeded',
  'urn:happy-path:problem:internal',
  'page:unauthorized',
  'page:throttled',
  'page:unavailable',
  'page:network',
  'page:unexpected',
] as const;
export type ProblemType = (typeof problemTypes)[number];

interface ProblemDetails {
  readonly type: ProblemType;
  /** 0 when there was no answer. */
  readonly status: number;
  readonly detail?: string | undefined;
  readonly errors?: readonly BrokenRule[] | undefined;
  readonly correlationId?: string | undefined;
}

/** Why a request did not do what was asked. Branch on `type`. */
export class ApiProblem extends Error {
  readonly type: ProblemType;
  readonly status: number;
  readonly detail: string | undefined;
  /** The rules that the request broke, by field. */
  readonly errors: readonly BrokenRule[];
  /** To be named when the problem is reported. */
  readonly correlationId: string | undefined;

  constructor({ type, status, detail, errors = [], correlationId }: ProblemDetails, options?: ErrorOptions) {
    super(`${type}${detail ? `: ${detail}` : ''}`, options);
    this.name = 'ApiProblem';
    this.type = type;
    this.status = status;
    this.detail = detail;
    this.errors = errors;
    this.correlationId = correlationId;
  }

  /** Whether the same request may succeed later. */
  get temporary(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

const Body = v.object({
  type: v.fallback(v.optional(v.picklist(problemTypes)), undefined),
  detail: v.fallback(v.optional(v.string()), undefined),
  errors: v.fallback(v.optional(v.array(v.object({ field: v.string(), rule: v.string() }))), undefined),
});

/** The problem that an answer other than 2xx stands for. */
export async function problemOf(response: Response, correlationId: string): Promise<ApiProblem> {
  const body = v.safeParse(Body, await response.json().catch(() => undefined));
  const told = body.success ? body.output : undefined;
  return new ApiProblem({
    type: told?.type ?? typeOf(response.status),
    status: response.status,
    detail: told?.detail,
    errors: told?.errors,
    correlationId: response.headers.get('x-correlation-id') ?? correlationId,
  });
}

/** API Gateway's own answers have no type. */
function typeOf(status: number): ProblemType {
  if (status === 401 || status === 403) return 'page:unauthorized';
  if (status === 404) return 'urn:happy-path:problem:not-found';
  if (status === 429) return 'page:throttled';
  if (status === 503 || status === 504) return 'page:unavailable';
  return status >= 500 ? 'urn:happy-path:problem:internal' : 'page:unexpected';
}
