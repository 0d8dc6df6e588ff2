/**
 * The part of MQTT 3.1.1 that someone needs who only listens: its packets to and from bytes.
 * Numbers in brackets are sections of the standard,
 * https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html
 */
export type MqttPacket =
  | { readonly type: 'connack' /** 0 is welcome. */; readonly code: number }
  | {
      readonly type: 'publish';
      readonly topic: string;
      readonly payload: string /** Of QoS 1: to be acknowledged. */;
      readonly id?: number;
    }
  /** Granted QoS per topic; 128 is a refusal. */
  | { readonly type: 'suback'; readonly id: number; readonly granted: readonly number[] }
  | { readonly type: 'pingresp' }
  /** One that needs no answer. */
  | { readonly type: 'other' };

const connack = 2;
const publish = 3;
const suback = 9;
const pingresp = 13;

/** AWS IoT Core carries 128 KB at most. More than this is not meant for this page. */
const mostBytes = 256 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** A clean session: what is missed while away is asked for (3.1). */
export function encodeConnect(clientId: string, keepAliveSeconds: number): Uint8Array<ArrayBuffer> {
  return packet(0x10, [...text('MQTT'), 4, 0b10, ...uint16(keepAliveSeconds), ...text(clientId)]);
}

/** With QoS 1, so that the broker repeats what this page has not acknowledged (3.8). */
export function encodeSubscribe(id: number, topics: readonly string[]): Uint8Array<ArrayBuffer> {
  return packet(0x82, [...uint16(id), ...topics.flatMap((topic) => [...text(topic), 1])]);
}

/** (3.10) */
export function encodeUnsubscribe(id: number, topics: readonly string[]): Uint8Array<ArrayBuffer> {
  return packet(0xa2, [...uint16(id), ...topics.flatMap((topic) => text(topic))]);
}

/** (3.4) */
export const encodePuback = (id: number): Uint8Array<ArrayBuffer> => packet(0x40, uint16(id));
/** (3.12) */
export const encodePingreq = (): Uint8Array<ArrayBuffer> => packet(0xc0, []);
/** (3.14) */
export const encodeDisconnect = (): Uint8Array<ArrayBuffer> => packet(0xe0, []);

function packet(head: number, body: readonly number[]): Uint8Array<ArrayBuffer> {
  const length: number[] = [];
  let left = body.length;
  do {
    length.push((left % 128) + (left > 127 ? 128 : 0));
    left = Math.floor(left / 128);
  } while (left > 0);
  return Uint8Array.from([head, ...length, ...body]);
}

const uint16 = (value: number) => [value >> 8, value & 0xff];

function text(value: string): number[] {
  const bytes = encoder.encode(value);
  return [...uint16(bytes.length), ...bytes];
}

/** Cuts what comes in into packets: a message of the socket may hold half of one or many (6.0). */
export class MqttReader {
  #rest = new Uint8Array();

  /** @throws Error for what is not MQTT */
  read(chunk: Uint8Array): MqttPacket[] {
    const bytes = new Uint8Array(this.#rest.length + chunk.length);
    bytes.set(this.#rest);
    bytes.set(chunk, this.#rest.length);
    const packets: MqttPacket[] = [];
    let at = 0;
    for (;;) {
      const body = bodyAt(bytes, at);
      if (!body) break;
      packets.push(decode(bytes[at] ?? 0, bytes.subarray(body.from, body.to)));
      at = body.to;
    }
    this.#rest = bytes.slice(at);
    return packets;
  }
}

/** Where a packet's body is, once all of it is there (2.2.3). */
function bodyAt(bytes: Uint8Array, at: number): { from: number; to: number } | undefined {
  let length = 0;
  for (let digit = 0; digit < 4; digit++) {
    const byte = bytes[at + 1 + digit];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 128 ** digit;
    if (byte < 128) {
      if (length > mostBytes) throw new Error(`A packet of ${length} bytes`);
      const from = at + 2 + digit;
      return from + length <= bytes.length ? { from, to: from + length } : undefined;
    }
  }
  throw new Error('A length of more than four bytes');
}

function decode(head: number, body: Uint8Array): MqttPacket {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  switch (head >> 4) {
    case connack:
      return { type: 'connack', code: view.getUint8(1) };
    case publish: {
      const topicEnd = 2 + view.getUint16(0);
      const topic = decoder.decode(body.subarray(2, topicEnd));
      const qos = (head >> 1) & 0b11;
      if (qos === 0) return { type: 'publish', topic, payload: decoder.decode(body.subarray(topicEnd)) };
      const payload = decoder.decode(body.subarray(topicEnd + 2));
      return { type: 'publish', topic, payload, id: view.getUint16(topicEnd) };
    }
    case suback:
      return { type: 'suback', id: view.getUint16(0), granted: [...body.subarray(2)] };
    case pingresp:
      return { type: 'pingresp' };
    default:
      return { type: 'other' };
  }
}
