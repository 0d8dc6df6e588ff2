import { problemText } from '../ui/problem-text.ts';
import { CognitoProblem } from './cognito.ts';

const fieldOf: Record<string, string> = {
  CodeMismatchException: 'code',
  ExpiredCodeException: 'code',
  InvalidPasswordException: 'password',
  PasswordHistoryPolicyViolationException: 'password',
  UsernameExistsException: 'email',
};

/** Which field of a session's form an error of the user pool is about. */
export function sessionFieldProblems(error: unknown): Record<string, string> {
  const field = error instanceof CognitoProblem ? fieldOf[error.code] : undefined;
  return field === undefined ? {} : { [field]: problemText(error) };
}
