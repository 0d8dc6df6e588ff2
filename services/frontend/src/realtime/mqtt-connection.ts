import type { Clock } from './clock.ts';
import {
  encodeConnect,
  encodeDisconnect,
  encodePingreq,
  encodePuback,
  encodeSubscribe,
  encodeUnsubscribe,
  type MqttPacket,
  MqttReader,
} from './mqtt-packets.ts';
import type { Wire, WireEvents } from './realtime-client.ts';

/** What is used of a WebSocket. */
export interface Socket {
  binaryType: string;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(): void;
}

/** AWS IoT Core hangs up after one and a half of these without a packet. */
const keepAliveSeconds = 60;
const pingEveryMs = 45_000;
const answerWithinMs = 10_000;

/** AWS IoT Core's limit of topics per request. */
const mostTopicsAtOnce = 8;

/**
 * Listens over MQTT on a WebSocket.
 *
 * @returns once the broker has welcomed this client
 * @throws Error when it does not, or not in time
 */
export function openMqtt(socket: Socket, clientId: string, clock: Clock, events: WireEvents): Promise<Wire> {
  return new Promise((resolve, reject) => {
    const reader = new MqttReader();
    const granted = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
    let lastId = 0;
    let isOver = false;
    let stopTimer = clock.after(answerWithinMs, () => end(new Error('No answer')));

    const nextId = () => {
      lastId = (lastId % 0xffff) + 1;
      return lastId;
    };

    function end(error: Error): void {
      if (isOver) return;
      isOver = true;
      stopTimer();
      socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
      socket.close();
      reject(error);
      for (const wait of granted.values()) wait.reject(error);
      events.onClose();
    }

    function pingLater(): void {
      stopTimer();
      stopTimer = clock.after(pingEveryMs, () => {
        socket.send(encodePingreq());
        stopTimer = clock.after(answerWithinMs, () => end(new Error('No answer')));
      });
    }

    const wire: Wire = {
      async subscribe(topics) {
        const answers: Promise<void>[] = [];
        for (let from = 0; from < topics.length; from += mostTopicsAtOnce) {
          if (isOver) throw new Error('Closed');
          const id = nextId();
          answers.push(new Promise((resolve, reject) => granted.set(id, { resolve, reject })));
          socket.send(encodeSubscribe(id, topics.slice(from, from + mostTopicsAtOnce)));
        }
        await Promise.all(answers);
      },
      unsubscribe(topics) {
        for (let from = 0; from < topics.length && !isOver; from += mostTopicsAtOnce) {
          socket.send(encodeUnsubscribe(nextId(), topics.slice(from, from + mostTopicsAtOnce)));
        }
      },
      close() {
        if (!isOver) socket.send(encodeDisconnect());
        end(new Error('Closed'));
      },
    };

    function take(packet: MqttPacket): void {
      if (packet.type === 'connack') {
        if (packet.code === 0) {
          pingLater();
          resolve(wire);
        } else end(new Error(`Refused with code ${packet.code}`));
      } else if (packet.type === 'publish') {
        if (packet.id !== undefined) socket.send(encodePuback(packet.id));
        events.onMessage(packet.topic, packet.payload);
      } else if (packet.type === 'suback') {
        const wait = granted.get(packet.id);
        granted.delete(packet.id);
        if (packet.granted.includes(128)) wait?.reject(new Error('Not allowed to listen'));
        else wait?.resolve();
      } else if (packet.type === 'pingresp') pingLater();
    }

    socket.binaryType = 'arraybuffer';
    socket.onopen = () => socket.send(encodeConnect(clientId, keepAliveSeconds));
    socket.onclose = () => end(new Error('The other side has closed'));
    socket.onerror = () => end(new Error('The connection broke'));
    socket.onmessage = ({ data }: { data: unknown }) => {
      try {
        if (!(data instanceof ArrayBuffer)) throw new Error('Text where bytes are due');
        for (const packet of reader.read(new Uint8Array(data))) if (!isOver) take(packet);
      } catch (error) {
        end(error instanceof Error ? error : new Error('No MQTT', { cause: error }));
      }
    };
  });
}
