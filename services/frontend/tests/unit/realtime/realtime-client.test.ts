// @vitest-environment node
import { beforeEach, expect, test, vi } from 'vitest';
import { RealtimeClient, type WireEvents } from '../../../src/realtime/realtime-client.ts';
import { settle, TurnedClock } from '../turned-clock.ts';

/** One connection of the fake transport. */
class Line {
  readonly events: WireEvents;
  readonly topics = new Set<string>();
  isClosed = false;
  refuse = false;
  gate: Promise<void> | undefined;
  accept = () => {};

  /** Accepts topics only when told to. */
  hold() {
    this.gate = new Promise((resolve) => {
      this.accept = resolve;
    });
  }

  constructor(events: WireEvents) {
    this.events = events;
  }

  async subscribe(topics: readonly string[]) {
    await this.gate;
    if (this.refuse) throw new Error('Not allowed');
    for (const topic of topics) this.topics.add(topic);
  }

  unsubscribe(topics: readonly string[]) {
    for (const topic of topics) this.topics.delete(topic);
  }

  close() {
    if (this.isClosed) return;
    this.isClosed = true;
    this.events.onClose();
  }
}

let clock: TurnedClock;
let lines: Line[];
let isDown: boolean;
let isHidden: boolean;
let dialled: number;
let gate: Promise<void> | undefined;
let client: RealtimeClient;

beforeEach(() => {
  clock = new TurnedClock();
  lines = [];
  isDown = isHidden = false;
  dialled = 0;
  gate = undefined;
  client = new RealtimeClient({
    clock,
    random: () => 1,
    isHidden: () => isHidden,
    dial: async (events) => {
      dialled += 1;
      await gate;
      if (isDown) throw new Error('No network');
      const line = new Line(events);
      lines.push(line);
      return line;
    },
  });
});

const line = () => lines.at(-1) as Line;
const ignore = () => {};

test('connects when the first one listens, once for all, and hands each message to its listeners only', async () => {
  const first = vi.fn();
  const second = vi.fn();
  const other = vi.fn();
  expect(client.state).toBe('idle');
  client.subscribe('a', first);
  client.subscribe('a', second);
  await settle();
  client.subscribe('b', other);
  await settle();
  expect(dialled).toBe(1);
  expect(client.state).toBe('connected');
  expect([...line().topics]).toEqual(['a', 'b']);
  line().events.onMessage('a', 'news');
  expect([first.mock.calls, second.mock.calls, other.mock.calls]).toEqual([[['news']], [['news']], []]);
});

test('unsubscribes with the last listener of a topic, and hangs up a while after the last of all', async () => {
  const stopFirst = client.subscribe('a', ignore);
  const stopSecond = client.subscribe('a', ignore);
  await settle();
  stopFirst();
  expect(line().topics).toEqual(new Set(['a']));
  stopSecond();
  stopSecond();
  expect(line().topics).toEqual(new Set());
  await clock.turn(29_999);
  expect(line().isClosed).toBe(false);
  await clock.turn(1);
  expect(line().isClosed).toBe(true);
  expect(client.state).toBe('idle');
  client.subscribe('b', ignore);
  await settle();
  expect(client.state).toBe('connected');
});

test('tells that news begin to arrive, at first and after a loss, and subscribes to everything again', async () => {
  const missed = vi.fn();
  client.onConnected(missed);
  client.subscribe('a', ignore);
  client.subscribe('b', ignore);
  expect(missed).not.toHaveBeenCalled();
  await settle();
  expect(missed).toHaveBeenCalledOnce();
  line().close();
  expect(client.state).toBe('waiting');
  await clock.turn(1000);
  expect(client.state).toBe('connected');
  expect(line().topics).toEqual(new Set(['a', 'b']));
  expect(missed).toHaveBeenCalledTimes(2);
});

test('tells each listener when its own topic begins to arrive, also over a connection that is there already', async () => {
  const [first, second, third] = [vi.fn(), vi.fn(), vi.fn()];
  client.subscribe('a', ignore, first);
  await settle();
  expect(first).toHaveBeenCalledOnce();
  line().hold();
  client.subscribe('b', ignore, second);
  await settle();
  expect(second).not.toHaveBeenCalled();
  line().accept();
  await settle();
  expect(second).toHaveBeenCalledOnce();
  client.subscribe('b', ignore, third);
  expect(third).toHaveBeenCalledOnce();
  line().close();
  const fourth = vi.fn();
  client.subscribe('b', ignore, fourth);
  expect(fourth).not.toHaveBeenCalled();
  await clock.turn(1000);
  expect(fourth).toHaveBeenCalledOnce();
  expect([first, second, third].map(({ mock }) => mock.calls.length)).toEqual([2, 2, 2]);
});

test('tells nobody who has left before the broker accepts the topic', async () => {
  const told = vi.fn();
  client.subscribe('a', ignore);
  await settle();
  line().hold();
  client.subscribe('b', ignore, told)();
  line().accept();
  await settle();
  line().hold();
  client.subscribe('b', ignore, told);
  expect(told).not.toHaveBeenCalled();
});

test('tells it once when the first connection is late', async () => {
  const missed = vi.fn();
  client.onConnected(missed);
  isDown = true;
  client.subscribe('a', ignore);
  await settle();
  isDown = false;
  client.wake();
  await settle();
  expect(client.state).toBe('connected');
  expect(missed).toHaveBeenCalledOnce();
});

test('waits twice as long after each failure, at most a minute, and starts over after a connection that lasted', async () => {
  isDown = true;
  client.subscribe('a', ignore);
  await settle();
  const pauses: number[] = [];
  for (let failures = 1; failures <= 8; failures++) {
    pauses.push(clock.nextMs ?? 0);
    await clock.turn(clock.nextMs ?? 0);
  }
  expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  isDown = false;
  await clock.turn(60_000);
  expect(client.state).toBe('connected');
  line().close();
  expect(clock.nextMs).toBe(60_000);
  await clock.turn(60_000 + 10_000);
  line().close();
  expect(clock.nextMs).toBe(1000);
});

test('tries at once when it is woken, and does not dial twice', async () => {
  isDown = true;
  client.subscribe('a', ignore);
  await settle();
  isDown = false;
  client.wake();
  client.wake();
  await settle();
  expect(client.state).toBe('connected');
  await clock.turn(120_000);
  expect(dialled).toBe(2);
});

test('pauses when nobody has seen the page for five minutes, and is back when it is seen', async () => {
  const missed = vi.fn();
  client.onConnected(missed);
  client.subscribe('a', ignore);
  await settle();
  isHidden = true;
  client.visibilityChanged();
  await clock.turn(5 * 60_000 - 1);
  expect(client.state).toBe('connected');
  await clock.turn(1);
  expect(client.state).toBe('paused');
  expect(line().isClosed).toBe(true);
  client.subscribe('b', ignore);
  client.wake();
  await clock.turn(3600_000);
  expect(dialled).toBe(1);
  isHidden = false;
  client.visibilityChanged();
  await settle();
  expect(line().topics).toEqual(new Set(['a', 'b']));
  expect(missed).toHaveBeenCalledTimes(2);
});

test('stays connected when the page is hidden for a moment only', async () => {
  client.subscribe('a', ignore);
  await settle();
  isHidden = true;
  client.visibilityChanged();
  await clock.turn(60_000);
  isHidden = false;
  client.visibilityChanged();
  await clock.turn(3600_000);
  expect(dialled).toBe(1);
});

test('a connection that opens after nobody wants it any more is closed', async () => {
  let letIn = () => {};
  gate = new Promise((resolve) => {
    letIn = resolve;
  });
  client.subscribe('a', ignore)();
  await clock.turn(30_000);
  expect(client.state).toBe('idle');
  letIn();
  await settle();
  expect(line().isClosed).toBe(true);
  expect(client.state).toBe('idle');
});

test('a refused topic counts as a failed connection', async () => {
  client.subscribe('a', ignore);
  await settle();
  line().refuse = true;
  client.subscribe('b', ignore);
  await settle();
  expect(client.state).toBe('waiting');
  expect(line().isClosed).toBe(true);
});

test('listens to fifty topics at most, and to the next one as soon as there is room', async () => {
  const stops = Array.from({ length: 51 }, (_, index) => client.subscribe(`topic-${index}`, ignore));
  await settle();
  expect(line().topics.size).toBe(50);
  stops[0]?.();
  await settle();
  expect(line().topics.has('topic-50')).toBe(true);
  expect(line().topics.size).toBe(50);
});
