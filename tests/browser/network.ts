import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';

/**
 * The way from a browser to the engine, as a proxy that a test can cut. A browser that is told to be offline lets what is on
 * its way through; a park's network does not.
 */
export class Network {
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();
  readonly #stalled: (() => void)[] = [];
  #isCut = false;
  #uploadsStallAfter = Number.POSITIVE_INFINITY;

  private constructor() {
    this.#server = createServer((incoming, outgoing) => this.#pass(incoming, outgoing));
    // WebSockets.
    this.#server.on('connect', ({ url = '' }, socket, head) => this.#tunnel(url, socket, head));
    this.#server.on('connection', (socket) => {
      if (this.#isCut) socket.destroy();
      else this.#keep(socket);
    });
  }

  /** Ends with the test. */
  static async open(): Promise<Network> {
    const network = new Network();
    network.#server.listen(0, '127.0.0.1');
    await once(network.#server, 'listening');
    onTestFinished(() => {
      network.cut();
      network.#server.close();
    });
    return network;
  }

  /** For a browser's `proxy`. */
  get server(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Lets only so many bytes of each upload through. @returns when the first one has got so far */
  stallUploadsAfter(bytes: number): Promise<void> {
    this.#uploadsStallAfter = bytes;
    return new Promise((resolve) => this.#stalled.push(resolve));
  }

  /** Breaks every connection, and refuses new ones. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  restore(): void {
    this.#isCut = false;
    this.#uploadsStallAfter = Number.POSITIVE_INFINITY;
  }

  #keep(socket: Duplex): void {
    if (this.#sockets.has(socket)) return;
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => undefined);
  }

  #pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { port, pathname, search } = new URL(incoming.url ?? '');
    const { method, headers } = incoming;
    const onward = request({ host: '127.0.0.1', port, method, headers, path: pathname + search }, (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.rawHeaders);
      response.pipe(outgoing);
    });
    onward.on('socket', (socket) => this.#keep(socket));
    onward.on('error', () => outgoing.destroy());
    let passed = 0;
    incoming.on('data', (chunk: Buffer) => {
      passed += chunk.length;
      onward.write(chunk);
      if (passed < this.#uploadsStallAfter) return;
      incoming.pause();
      for (const resolve of this.#stalled.splice(0)) resolve();
    });
    incoming.on('end', () => onward.end());
    incoming.on('close', () => {
      if (!incoming.complete) onward.destroy();
    });
  }

  #tunnel(target: string, socket: Duplex, head: Buffer): void {
    const onward: Socket = connect(Number(target.split(':').at(-1)), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    this.#keep(onward);
  }
}
