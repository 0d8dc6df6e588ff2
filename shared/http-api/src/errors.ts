/** One broken rule of a request: which field, and what it must be. */
export interface FieldProblem {
  readonly field: string;
  readonly rule: string;
}

/** The request breaks a rule; nothing was stored. */
export class ValidationError extends Error {
  override readonly name = 'ValidationError';
  readonly problems: readonly FieldProblem[];

  constructor(problems: readonly FieldProblem[]) {
    super(problems.map((problem) => `${problem.field}: ${problem.rule}`).join('; '));
    this.problems = problems;
  }
}

/** What was asked for does not exist, or is not the caller's to see. */
export class NotFoundError extends Error {
  override readonly name = 'NotFoundError';
}

/** The request is well-formed but contradicts what is stored. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError';
  /** Given where the same request will go well later. */
  readonly retryAfterSeconds: number | undefined;

  constructor(message: string, retryAfterSeconds?: number) {
    super(message);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The caller is known and may not do this. */
export class ForbiddenError extends Error {
  override readonly name = 'ForbiddenError';
}

/** The caller has used up what it may do for now. */
export class QuotaExceededError extends Error {
  override readonly name = 'QuotaExceededError';
  readonly retryAfterSeconds: number;

  constructor(message: string, retryAfterSeconds: number) {
    super(message);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The caller's account is gone; its tokens are merely not expired yet. */
export class AccountDeletedError extends Error {
  override readonly name = 'AccountDeletedError';

  constructor() {
    super('This account has been deleted; its token is merely not expired yet');
  }
}
