import { expect, test } from 'vitest';
import { matchesPattern } from './event-pattern.ts';

const event = { source: 'custom.orders', detail: { workflow: 'packing', tags: ['new', 'small'] } };

test.each([
  ['a listed value', { source: ['custom.other', 'custom.orders'] }],
  ['every field of a nested pattern', { source: ['custom.orders'], detail: { workflow: ['packing'] } }],
  ['one value of a list', { detail: { tags: ['small'] } }],
  ['a prefix', { source: [{ prefix: 'custom.' }] }],
])('matches %s', (_what, pattern) => {
  expect(matchesPattern(pattern, event)).toBe(true);
});

test.each([
  ['another value', { source: ['custom.order'] }],
  ['a field that the event lacks', { detail: { owner: ['someone'] } }],
  ['another prefix', { source: [{ prefix: 'aws.' }] }],
  ['a prefix of what is no text', { detail: [{ prefix: 'custom.' }] }],
  ['one field of two', { source: ['custom.orders'], detail: { workflow: ['shipping'] } }],
])('does not match %s', (_what, pattern) => {
  expect(matchesPattern(pattern, event)).toBe(false);
});

test('refuses an operator that it does not know', () => {
  expect(() => matchesPattern({ source: [{ suffix: '.orders' }] }, event)).toThrow('suffix');
  expect(() => matchesPattern({ source: [{ 'anything-but': 'a', prefix: 'c' }] }, event)).toThrow('anything-but');
});
