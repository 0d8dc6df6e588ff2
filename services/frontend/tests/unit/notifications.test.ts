import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { announce, announcements, notifications, notify } from '../../src/notifications.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  for (const each of [...notifications]) each.dismiss();
  vi.runAllTimers();
  vi.useRealTimers();
});

const messages = () => notifications.map(({ message }) => message);
const spoken = () => announcements.map(({ message }) => message);

it('shows a message for a while and has it read', () => {
  notify({ message: 'Done' });
  expect(messages()).toEqual(['Done']);
  expect(spoken()).toEqual(['Done']);
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

const action = { label: 'OK', run: () => undefined };

it('lets nothing give way that waits for an answer', () => {
  for (const message of ['refused 1', 'refused 2', 'refused 3']) notify({ message, tone: 'warning', timeoutMs: 0 });
  notify({ message: 'published', tone: 'success', action });
  notify({ message: 'refused 4', tone: 'warning', timeoutMs: 0 });
  expect(messages()).toEqual(['refused 1', 'refused 2', 'refused 3', 'published', 'refused 4']);
  vi.advanceTimersByTime(3_600_000);
  expect(messages()).toHaveLength(5);
});

it('shows the newest for its time, however many wait for an answer', () => {
  for (const message of ['refused 1', 'refused 2', 'refused 3']) notify({ message, tone: 'warning', action });
  notify({ message: 'could not delete', tone: 'warning' });
  expect(messages().at(-1)).toBe('could not delete');
  vi.advanceTimersByTime(5_999);
  expect(messages().at(-1)).toBe('could not delete');
  notify({ message: 'place added' });
  expect(messages().slice(3)).toEqual(['place added']);
  vi.advanceTimersByTime(6_000);
  expect(messages()).toEqual(['refused 1', 'refused 2', 'refused 3']);
});

it('has each message read for itself, and leaves it long enough for that', () => {
  announce('A new photo');
  vi.advanceTimersByTime(3_000);
  notify({ message: 'Yours is published' });
  expect(spoken()).toEqual(['A new photo', 'Yours is published']);
  vi.advanceTimersByTime(7_000);
  expect(spoken()).toEqual(['Yours is published']);
  vi.advanceTimersByTime(3_000);
  expect(spoken()).toEqual([]);
});

it('has the same words read twice', () => {
  announce('One place');
  announce('One place');
  const [first, second] = announcements;
  expect(second?.message).toBe('One place');
  expect(second?.id).not.toBe(first?.id);
});
