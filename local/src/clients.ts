import type { Instance } from './instance.ts';

export interface ClientConfig {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
}

/** The engine's administrator: the key that MiniStack takes for the account's root. It opens nothing anywhere else. */
export const adminCredentials = { accessKeyId: 'test', secretAccessKey: 'test' };

/** Configuration of any AWS SDK client that talks to the engine as its administrator. */
export function clientConfig({ endpoint, region }: Pick<Instance, 'endpoint' | 'region'>): ClientConfig {
  return { endpoint, region, credentials: adminCredentials };
}

/** The environment in which the SAM CLI talks to the engine, and to nothing else. */
export function samEnvironment({ endpoint, region }: Instance, caller: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    ...withoutMake(Object.fromEntries(Object.entries(caller).filter(([name]) => !name.startsWith('AWS_')))),
    AWS_ACCESS_KEY_ID: adminCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: adminCredentials.secretAccessKey,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ENDPOINT_URL: endpoint,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    SAM_CLI_TELEMETRY: '0',
    SAM_CLI_POLL_DELAY: '0.2',
  };
}

/** SAM runs make itself; the flags of the make that called us are not meant for it. */
export function withoutMake(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { MAKEFLAGS: _flags, MAKELEVEL: _level, MFLAGS: _old, ...rest } = environment;
  return rest;
}
