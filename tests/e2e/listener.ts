import { createHash, createHmac, randomUUID } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import mqtt, { type MqttClient } from 'mqtt';
import { poll } from '../../local/src/poll.ts';
import { Visitor } from '../../local/src/visitor.ts';
import { site } from '../engine-fixture.ts';

/** What a listener was told: where, what, and when it arrived. */
export interface Heard {
  readonly topic: string;
  // biome-ignore lint/suspicious/noExplicitAny: the message's shape is what its reader is about to check
  readonly message: any;
  readonly atMs: number;
}

interface Credentials {
  readonly AccessKeyId: string;
  readonly SecretKey: string;
  readonly SessionToken: string;
}

/**
 * A browser that listens: it knows only what /config says, gets the credentials of a visitor who is not signed in, and
 * speaks MQTT over WebSocket.
 */
export class Listener {
  readonly heard: Heard[] = [];
  readonly client: MqttClient;
  readonly closed: Promise<'closed'>;

  private constructor(client: MqttClient) {
    this.client = client;
    this.closed = new Promise((resolve) => client.once('close', () => resolve('closed')));
    client.on('error', () => undefined);
    client.on('message', (topic, payload) => {
      this.heard.push({ topic, message: JSON.parse(payload.toString()), atMs: Date.now() });
    });
  }

  /** @throws when the broker does not let it in */
  static async connect(clientId = `hp-local-${randomUUID()}`): Promise<Listener> {
    const { body: config } = await new Visitor(site).get('/config');
    const identity = (operation: string, input: object) => cognitoIdentity(config.cognitoIdentityUrl, operation, input);
    const { IdentityId } = await identity('GetId', { IdentityPoolId: config.identityPoolId });
    const { Credentials } = await identity('GetCredentialsForIdentity', { IdentityId });
    const { url, host } = await signed(config.realtimeUrl, config.region, Credentials as Credentials);
    const client = mqtt.connect(url, { clientId, wsOptions: { headers: { host } }, reconnectPeriod: 0 });
    const listener = new Listener(client);
    await Promise.race([
      new Promise((resolve) => client.once('connect', resolve)),
      listener.closed.then(() => Promise.reject(new Error(`The broker refuses ${clientId}`))),
    ]);
    return listener;
  }

  async subscribe(...topics: string[]): Promise<this> {
    await this.client.subscribeAsync(topics, { qos: 1 });
    return this;
  }

  /** Tries to listen. @returns what came of it */
  attempt(topic: string): Promise<'granted' | 'closed'> {
    const granted = this.client.subscribeAsync(topic, { qos: 1 }).then(
      (grants) => (grants.every(({ qos }) => qos < 128) ? ('granted' as const) : this.closed),
      () => this.closed,
    );
    return Promise.race([granted, this.closed]);
  }

  /** Waits for the first message on a topic, or the first that fits. */
  message(
    topic: string,
    fits: (message: Heard['message']) => boolean = () => true,
    timeoutMs = 20_000,
  ): Promise<Heard> {
    return poll(`a message on ${topic}`, timeoutMs, async () =>
      this.heard.find((each) => each.topic === topic && fits(each.message)),
    );
  }

  async leave(): Promise<void> {
    await this.client.endAsync(true);
  }
}

/** Cognito takes these calls without a signature. */
async function cognitoIdentity(url: string, operation: string, input: object): Promise<Record<string, unknown>> {
  const response = await site.fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `AWSCognitoIdentityService.${operation}` },
    body: JSON.stringify(input),
  });
  if (!response.ok) throw new Error(`${operation}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
}

/** Node's own hashes, in the shape that the signer takes. */
class Sha256 {
  readonly #hash;
  constructor(secret?: Parameters<typeof createHmac>[1]) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  }
  update(data: Uint8Array | string): void {
    this.#hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

/** IoT Core wants the session's token beside the signature, not under it. */
async function signed(realtimeUrl: string, region: string, credentials: Credentials) {
  const { protocol, host, hostname, port, pathname } = new URL(realtimeUrl);
  const { AccessKeyId: accessKeyId, SecretKey: secretAccessKey, SessionToken } = credentials;
  const signer = new SignatureV4({
    credentials: { accessKeyId, secretAccessKey },
    region,
    service: 'iotdevicegateway',
    sha256: Sha256 as never,
    applyChecksum: false,
  });
  const { query } = await signer.presign(
    { method: 'GET', protocol, hostname, port: Number(port), path: pathname, headers: { host }, query: {} },
    { expiresIn: 60 },
  );
  const parameters = new URLSearchParams({
    ...(query as Record<string, string>),
    'X-Amz-Security-Token': SessionToken,
  });
  // Node does not look for names under .localhost on this machine, as browsers do.
  return { url: `${protocol}//127.0.0.1:${port}${pathname}?${parameters}`, host };
}
