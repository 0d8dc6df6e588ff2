import { expect, it } from 'vitest';
import { returnPath } from '../../../src/session/return-path.ts';

it.each([
  ['/places/p-1?x=1', '/places/p-1?x=1'],
  [undefined, '/'],
  ['', '/'],
  ['//evil.example.com', '/'],
  ['/\\evil.example.com', '/'],
  ['https://evil.example.com', '/'],
  ['javascript:alert(1)', '/'],
  ['/sign-in', '/'],
  ['/sign-up?return=/my-photos', '/'],
  ['/confirm?email=ana@example.com', '/'],
  ['/forgot-password', '/'],
])('after sign-in, %s leads to %s', (asked, path) => {
  expect(returnPath(asked === undefined ? {} : { return: asked })).toBe(path);
});
