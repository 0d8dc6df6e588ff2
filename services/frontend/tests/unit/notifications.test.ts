import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { announce, announcement, notifications, notify } from '../../src/notifications.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  for (const each of [...notifications]) each.dismiss();
  vi.runAllTimers();
  vi.useRealTimers();
});

const messages = () => notifications.map(({ message }) => message);

it('shows a message for a while and has it read', () => {
  notify({ message: 'Done' });
  expect(messages()).toEqual(['Done']);
  expect(announcement.value).toBe('Done');
  vi.advanceTimersByTime(6_000);
  expect(messages()).toEqual([]);
});

it('keeps one that asks for something until it is answered', () => {
  const dismiss = notify({ message: 'Refused', action: { label: 'Why', run: () => undefined } });
  vi.advanceTimersByTime(3_600_000);
  expect(messages()).toEqual(['Refused']);
  dismiss();
  expect(messages()).toEqual([]);
});

it('shows the three latest', () => {
  for (const message of ['a', 'b', 'c', 'd']) notify({ message });
  expect(messages()).toEqual(['b', 'c', 'd']);
});

it('has the same words read twice', () => {
  announce('One place');
  const first = announcement.value;
  vi.runAllTimers();
  announce('One place');
  expect(announcement.value).not.toBe(first);
});

it('has everything read that is told at the same moment', () => {
  notify({ message: 'Two photos are published.' });
  notify({ message: 'One was refused.' });
  expect(announcement.value).toBe('Two photos are published. One was refused.');
  vi.runAllTimers();
  announce('Later');
  expect(announcement.value).toBe('Later');
});
