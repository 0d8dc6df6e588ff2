import { expect, it } from 'vitest';
import { ApiProblem, problemTypes } from '../../../src/api/problem.ts';
import { CognitoProblem } from '../../../src/session/cognito.ts';
import { sessionFieldProblems } from '../../../src/session/session-fields.ts';
import { problemText, ruleText } from '../../../src/ui/problem-text.ts';

it.each(problemTypes)('has words of its own for %s', (type) => {
  const text = problemText(new ApiProblem({ type, status: 400, detail: 'secret detail' }));
  expect(text).not.toContain('secret detail');
  expect(text === problemText(new Error('other'))).toBe(type === 'page:unexpected');
});

it.each([
  'UserNotConfirmedException',
  'NotAuthorizedException',
  'UsernameExistsException',
  'InvalidPasswordException',
  'CodeMismatchException',
  'ExpiredCodeException',
  'LimitExceededException',
  'CodeDeliveryFailureException',
  'PasswordResetRequiredException',
  'TooManyRequestsException',
  'Network',
  'Challenge',
])('has words of its own for %s', (code) => {
  expect(problemText(new CognitoProblem(code))).not.toBe(problemText(new CognitoProblem('SomethingNew')));
});

it('does not tell whether it was the address or the password', () => {
  const unknown = problemText(new CognitoProblem('UserNotFoundException'));
  expect(unknown).toBe(problemText(new CognitoProblem('NotAuthorizedException')));
});

it('names the field that an error of the user pool is about', () => {
  expect(Object.keys(sessionFieldProblems(new CognitoProblem('CodeMismatchException')))).toEqual(['code']);
  expect(sessionFieldProblems(new CognitoProblem('NotAuthorizedException'))).toEqual({});
});

it.each([
  ['must not be blank', 'Fill this in.'],
  ['must be at most 120 characters', 'At most 120 characters.'],
  ['must be at most 85', 'At most 85.'],
  ['must be at least -180', 'At least -180.'],
  ['must be a number', 'Enter a number, such as 41.39.'],
  ['must rhyme', 'must rhyme'],
])('says the rule "%s" as "%s"', (rule, text) => {
  expect(ruleText(rule)).toBe(text);
});
