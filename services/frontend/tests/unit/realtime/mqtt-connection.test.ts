// @vitest-environment node
import fc from 'fast-check';
import mqttPacket, { type Packet } from 'mqtt-packet';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { openMqtt, type Socket } from '../../../src/realtime/mqtt-connection.ts';
import { type MqttPacket, MqttReader } from '../../../src/realtime/mqtt-packets.ts';
import { settle, TurnedClock } from '../turned-clock.ts';

/** The far end of a socket, speaking through the codec of MQTT.js. */
class Broker implements Socket {
  binaryType = '';
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  onerror: (() => void) | null = null;
  readonly heard: Packet[] = [];
  isClosed = false;
  readonly #parser = mqttPacket.parser({ protocolVersion: 4 });

  constructor() {
    this.#parser.on('packet', (packet) => this.heard.push(packet));
    this.#parser.on('error', (error) => {
      throw error;
    });
  }

  send(data: Uint8Array<ArrayBuffer>): void {
    this.#parser.parse(Buffer.from(data));
  }

  close(): void {
    this.isClosed = true;
  }

  say(packet: Packet): void {
    this.onmessage?.({ data: toBuffer(mqttPacket.generate(packet)) });
  }

  get lastHeard(): Packet | undefined {
    return this.heard.at(-1);
  }
}

const toBuffer = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;
const welcome: Packet = { cmd: 'connack', returnCode: 0, sessionPresent: false };
const news = (topic: string, payload: string, qos: 0 | 1 = 0): Packet => ({
  cmd: 'publish',
  topic,
  payload,
  qos,
  dup: false,
  retain: false,
  ...(qos && { messageId: 77 }),
});

let broker: Broker;
let clock: TurnedClock;
const onMessage = vi.fn();
const onClose = vi.fn();

const open = () => openMqtt(broker, 'hp-dev-1', clock, { onMessage, onClose });
async function connected() {
  const opening = open();
  broker.onopen?.();
  broker.say(welcome);
  return opening;
}

beforeEach(() => {
  broker = new Broker();
  clock = new TurnedClock();
  onMessage.mockReset();
  onClose.mockReset();
});

test('connects with a clean session and its client id', async () => {
  await connected();
  expect(broker.binaryType).toBe('arraybuffer');
  expect(broker.heard).toMatchObject([
    { cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, clientId: 'hp-dev-1', keepalive: 60 },
  ]);
});

test('is not connected when the broker refuses', async () => {
  const opening = open();
  broker.onopen?.();
  broker.say({ ...welcome, returnCode: 5 });
  await expect(opening).rejects.toThrow('Refused with code 5');
  expect(broker.isClosed).toBe(true);
  expect(onClose).toHaveBeenCalledOnce();
});

test('gives up when nobody answers', async () => {
  const opening = open();
  const failure = expect(opening).rejects.toThrow('No answer');
  await clock.turn(10_000);
  await failure;
  expect(broker.isClosed).toBe(true);
});

test('subscribes with QoS 1, eight topics at a time, and waits for every answer', async () => {
  const wire = await connected();
  const topics = Array.from({ length: 10 }, (_, index) => `hp/dev/places/ñ${index}`);
  const done = vi.fn();
  const subscribing = wire.subscribe(topics).then(done);
  const asked = broker.heard.filter((packet) => packet.cmd === 'subscribe');
  expect(asked.map(({ subscriptions }) => subscriptions.length)).toEqual([8, 2]);
  expect(asked.flatMap(({ subscriptions }) => subscriptions.map(({ topic, qos }) => [topic, qos]))).toEqual(
    topics.map((topic) => [topic, 1]),
  );
  broker.say({ cmd: 'suback', messageId: asked[0]?.messageId ?? 0, granted: Array(8).fill(1) });
  await settle();
  expect(done).not.toHaveBeenCalled();
  broker.say({ cmd: 'suback', messageId: asked[1]?.messageId ?? 0, granted: [1, 0] });
  await subscribing;
});

test('says so when a topic is not allowed', async () => {
  const wire = await connected();
  const subscribing = wire.subscribe(['hp/dev/places/1']);
  const id = (broker.lastHeard as { messageId: number }).messageId;
  broker.say({ cmd: 'suback', messageId: id, granted: [128] });
  await expect(subscribing).rejects.toThrow('Not allowed');
});

test('unsubscribes and says goodbye', async () => {
  const wire = await connected();
  wire.unsubscribe(['hp/dev/places/1']);
  expect(broker.lastHeard).toMatchObject({ cmd: 'unsubscribe', unsubscriptions: ['hp/dev/places/1'] });
  wire.close();
  expect(broker.lastHeard).toMatchObject({ cmd: 'disconnect' });
  expect(broker.isClosed).toBe(true);
  expect(onClose).toHaveBeenCalledOnce();
});

test('hands on messages, and acknowledges those of QoS 1', async () => {
  await connected();
  broker.say(news('hp/dev/places/1', '{"name":"Plaça"}'));
  expect(broker.lastHeard).toMatchObject({ cmd: 'connect' });
  broker.say(news('hp/dev/places/1', 'second', 1));
  expect(broker.lastHeard).toMatchObject({ cmd: 'puback', messageId: 77 });
  expect(onMessage.mock.calls).toEqual([
    ['hp/dev/places/1', '{"name":"Plaça"}'],
    ['hp/dev/places/1', 'second'],
  ]);
});

test('pings, and hangs up when the ping stays unanswered', async () => {
  await connected();
  await clock.turn(45_000);
  expect(broker.lastHeard).toMatchObject({ cmd: 'pingreq' });
  broker.say({ cmd: 'pingresp' });
  await clock.turn(44_999);
  expect(broker.heard.filter(({ cmd }) => cmd === 'pingreq')).toHaveLength(1);
  await clock.turn(1);
  expect(broker.isClosed).toBe(false);
  await clock.turn(10_000);
  expect(broker.isClosed).toBe(true);
  expect(onClose).toHaveBeenCalledOnce();
});

test('tells once that the connection is over, and what waits for an answer', async () => {
  const wire = await connected();
  const subscribing = wire.subscribe(['hp/dev/places/1']);
  const { onerror, onclose } = broker;
  onerror?.();
  onclose?.();
  await expect(subscribing).rejects.toThrow('broke');
  await expect(wire.subscribe(['hp/dev/places/2'])).rejects.toThrow('Closed');
  wire.close();
  expect(onClose).toHaveBeenCalledOnce();
});

test.each([
  ['text', 'connack'],
  ['an endless length', toBuffer(Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0xff, 0x01))],
  ['a packet larger than any', toBuffer(Uint8Array.of(0x30, 0x80, 0x80, 0x80, 0x01))],
  ['a topic longer than its packet', toBuffer(Uint8Array.of(0x32, 0x03, 0x00, 0x01, 0x61))],
  ['a topic that is not UTF-8', toBuffer(Uint8Array.of(0x30, 0x03, 0x00, 0x01, 0xff))],
])('hangs up on %s', async (_, data) => {
  await connected();
  broker.onmessage?.({ data });
  expect(broker.isClosed).toBe(true);
  expect(onMessage).not.toHaveBeenCalled();
});

describe('MqttReader', () => {
  const message = fc.record({
    topic: fc.string({ minLength: 1, maxLength: 50, unit: 'grapheme' }),
    payload: fc.string({ unit: 'grapheme', maxLength: 5000 }),
    qos: fc.constantFrom(0 as const, 1 as const),
  });

  test('reads every packet however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 8 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 3000 })),
        (messages, cuts) => {
          const bytes = Buffer.concat(
            messages.map(({ topic, payload, qos }) =>
              mqttPacket.generate(news(topic.replace(/[+#\0]/g, '-'), payload, qos)),
            ),
          );
          const reader = new MqttReader();
          const read: MqttPacket[] = [];
          for (let at = 0; at < bytes.length; ) {
            const to = at + (cuts.next().value ?? 1);
            read.push(...reader.read(bytes.subarray(at, to)));
            at = to;
          }
          expect(read).toEqual(
            messages.map(({ topic, payload, qos }) => ({
              type: 'publish',
              topic: topic.replace(/[+#\0]/g, '-'),
              payload,
              ...(qos && { id: 77 }),
            })),
          );
        },
      ),
    );
  });

  test('throws nothing but errors, and always ends, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (chunks) => {
        const reader = new MqttReader();
        try {
          for (const chunk of chunks) reader.read(chunk);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
    );
  });
});
