import { AwsV4Signer } from 'aws4fetch';
import type { Credentials } from './identity-credentials.ts';

/** How long the address may be used to connect; the connection itself lasts longer. */
const expiresInSeconds = 300;

/**
 * The address of the MQTT endpoint with the right to connect in it (AWS Signature Version 4). AWS IoT Core wants the session
 * token added after signing, which aws4fetch knows of this service.
 *
 * @param realtimeUrl its host is signed as it stands, port included
 */
export async function signedUrl(
  realtimeUrl: string,
  region: string,
  credentials: Credentials,
  nowMs: number,
): Promise<string> {
  const url = new URL(realtimeUrl);
  url.searchParams.set('X-Amz-Expires', String(expiresInSeconds));
  const signer = new AwsV4Signer({
    ...credentials,
    url: url.href,
    region,
    service: 'iotdevicegateway',
    signQuery: true,
    datetime: new Date(nowMs).toISOString().replace(/[:-]|\.\d{3}/g, ''),
  });
  return (await signer.sign()).url.href;
}
