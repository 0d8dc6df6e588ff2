import { ApiProblem } from '../api/problem.ts';
import { type MessageKey, t } from '../i18n/i18n.ts';
import { CognitoProblem } from '../session/cognito.ts';

const apiTexts: Record<string, MessageKey> = {
  'urn:happy-path:problem:validation': 'problem.validation',
  'urn:happy-path:problem:not-found': 'problem.notFound',
  'urn:happy-path:problem:conflict': 'problem.conflict',
  'urn:happy-path:problem:account-deleted': 'problem.accountDeleted',
  'urn:happy-path:problem:forbidden': 'problem.forbidden',
  'urn:happy-path:problem:quota-exceeded': 'problem.quotaExceeded',
  'urn:happy-path:problem:internal': 'problem.internal',
  'page:unauthorized': 'problem.unauthorized',
  'page:throttled': 'problem.throttled',
  'page:unavailable': 'problem.unavailable',
  'page:network': 'problem.network',
};

const cognitoTexts: Record<string, MessageKey> = {
  AliasExistsException: 'problem.accountExists',
  Challenge: 'problem.challenge',
  CodeDeliveryFailureException: 'problem.codeNotSent',
  CodeMismatchException: 'problem.codeMismatch',
  ExpiredCodeException: 'problem.codeExpired',
  InvalidParameterException: 'problem.signInInput',
  InvalidPasswordException: 'problem.passwordTooWeak',
  LimitExceededException: 'problem.tooManyAttempts',
  Network: 'problem.network',
  NotAuthorizedException: 'problem.wrongPassword',
  PasswordHistoryPolicyViolationException: 'problem.passwordUsedBefore',
  PasswordResetRequiredException: 'problem.passwordResetRequired',
  TooManyFailedAttemptsException: 'problem.tooManyAttempts',
  TooManyRequestsException: 'problem.throttled',
  UserNotConfirmedException: 'problem.notConfirmed',
  UserNotFoundException: 'problem.wrongPassword',
  UsernameExistsException: 'problem.accountExists',
};

/** What went wrong, in plain words and the visitor's language. */
export function problemText(error: unknown): string {
  if (error instanceof ApiProblem) return t(apiTexts[error.type] ?? 'problem.unexpected');
  if (error instanceof CognitoProblem) return t(cognitoTexts[error.code] ?? 'problem.signInService');
  return t('problem.unexpected');
}

/** The server's rules are few and English; those that a form can break have a text of their own. */
const ruleTexts: readonly (readonly [pattern: RegExp, key: MessageKey])[] = [
  [/^must (be given|be text|not be blank)$/, 'rule.required'],
  [/^must be at most (\d+) characters$/, 'rule.tooLong'],
  [/^must be at most (\d+) bytes in UTF-8$/, 'rule.tooManyBytes'],
  [/^must be at most (-?[\d.]+)$/, 'rule.atMost'],
  [/^must be at least (-?[\d.]+)$/, 'rule.atLeast'],
  [/^must be a (decimal )?number$/, 'rule.number'],
  [/^must (not contain control characters.*|be well-formed Unicode)$/, 'rule.characters'],
];

/** A broken rule of the server in the visitor's language, or as the server says it. */
export function ruleText(rule: string): string {
  for (const [pattern, key] of ruleTexts) {
    const match = pattern.exec(rule);
    if (match) return t(key, { limit: Number(match[1] ?? 0) });
  }
  return rule;
}

/** What is wrong with which field of a form: the server's problems name the fields as forms do. */
export const fieldProblems = (error: unknown): Record<string, string> =>
  error instanceof ApiProblem ? Object.fromEntries(error.errors.map(({ field, rule }) => [field, ruleText(rule)])) : {};
