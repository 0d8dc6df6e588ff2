// @vitest-environment node
import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { expect, test } from 'vitest';
import { signedUrl } from '../../../src/realtime/signed-url.ts';

const credentials = {
  accessKeyId: 'ASIAQNZGKIQY56JQ7WML',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: 'IQoJb3JpZ2luX2VjE+a/b==',
};
const now = new Date('2026-06-14T09:40:08.112Z');

class Sha256 {
  readonly #hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytes(secret));
  }
  update(chunk: string | ArrayBuffer | ArrayBufferView) {
    this.#hash.update(bytes(chunk));
  }
  async digest() {
    return new Uint8Array(this.#hash.digest());
  }
  reset() {}
}
const bytes = (data: string | ArrayBuffer | ArrayBufferView) =>
  typeof data === 'string'
    ? Buffer.from(data)
    : ArrayBuffer.isView(data)
      ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
      : Buffer.from(data);

test.each([
  ['wss://a1b2c3d4e5f6g7-ats.iot.eu-west-1.amazonaws.com/mqtt', 'wss:', undefined],
  ['ws://f7b11509f4d675-ats.iot.eu-west-1.localhost:4600/mqtt', 'ws:', 4600],
])('signs %s as the SDK does, with the session token added after', async (realtimeUrl, protocol, port) => {
  const url = new URL(await signedUrl(realtimeUrl, 'eu-west-1', credentials, now.getTime()));

  const signer = new SignatureV4({
    credentials: { accessKeyId: credentials.accessKeyId, secretAccessKey: credentials.secretAccessKey },
    region: 'eu-west-1',
    service: 'iotdevicegateway',
    sha256: Sha256,
    applyChecksum: false,
  });
  const { host, hostname } = new URL(realtimeUrl);
  const expected = await signer.presign(
    { method: 'GET', protocol, hostname, ...(port && { port }), path: '/mqtt', headers: { host }, query: {} },
    { expiresIn: 300, signingDate: now },
  );
  const { 'X-Amz-Security-Token': token, ...signed } = Object.fromEntries(url.searchParams);
  expect(signed).toEqual(expected.query);
  expect(token).toBe(credentials.sessionToken);
  expect([...url.searchParams.keys()].at(-1)).toBe('X-Amz-Security-Token');
  expect(`${url.protocol}//${url.host}${url.pathname}`).toBe(realtimeUrl);
});
