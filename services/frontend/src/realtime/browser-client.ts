import type { RuntimeConfig } from '../runtime-config.ts';
import { systemClock } from './clock.ts';
import { type IdentityStore, identityCredentials } from './identity-credentials.ts';
import { openMqtt } from './mqtt-connection.ts';
import { RealtimeClient } from './realtime-client.ts';
import { signedUrl } from './signed-url.ts';

export { parsePhotoOutcome, parsePlacePhoto, parseRemoval } from './payloads.ts';

/** The client of this page. Everything of it is one lazy chunk: nothing is loaded until somebody listens. */
export function startClient(config: RuntimeConfig): RealtimeClient {
  const credentials = identityCredentials(
    { url: config.cognitoIdentityUrl, identityPoolId: config.identityPoolId },
    systemClock,
    safely(() => sessionStorage),
  );
  const client = new RealtimeClient({
    clock: systemClock,
    random: Math.random,
    isHidden: () => document.hidden,
    dial: async (events) => {
      const url = await signedUrl(config.realtimeUrl, config.region, await credentials(), Date.now());
      // Fresh for each connection: a broker hangs up on the former owner of an id.
      const clientId = `hp-${config.stage}-${crypto.randomUUID()}`;
      return openMqtt(new WebSocket(url, ['mqtt']), clientId, systemClock, events);
    },
  });
  addEventListener('online', () => client.wake());
  document.addEventListener('visibilitychange', () => client.visibilityChanged());
  return client;
}

/** Browsers that keep nothing throw when the storage is merely named. */
function safely(storage: () => IdentityStore): IdentityStore {
  try {
    return storage();
  } catch {
    return { getItem: () => null, setItem: () => {}, removeItem: () => {} };
  }
}
