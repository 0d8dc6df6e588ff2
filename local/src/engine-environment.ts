import { delimiter, join } from 'node:path';
import type { Instance } from './instance.ts';
import { nodeBin } from './paths.ts';

/** Where a function finds ordinary programs; nothing else of the caller's environment reaches the engine. */
const inherited = ['LANG', 'LC_ALL', 'TZ'];
/** Where the SDKs look for the services that the AI server stands for. */
const aiEndpoints = ['AWS_ENDPOINT_URL_COMPREHEND', 'AWS_ENDPOINT_URL_REKOGNITION', 'AWS_ENDPOINT_URL_TRANSLATE'];
/** Settings of the engine that the suite makes: answers of mocked tasks, and how long a state machine's waits are. */
const engineSettings = ['SFN_MOCK_CONFIG', 'SFN_WAIT_SCALE'];
const systemPath = ['/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin'];

/** What every program of an instance gets. Lambda has neither shared configuration files nor an instance to ask. */
const base = ({ folder }: Instance): NodeJS.ProcessEnv => ({
  PATH: [nodeBin, ...systemPath].join(delimiter),
  HOME: folder,
  TMPDIR: join(folder, 'tmp'),
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
});

function pick(caller: NodeJS.ProcessEnv, isWanted: (name: string) => boolean): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(caller).filter(([name, value]) => value && isWanted(name)));
}

/**
 * The whole environment of the engine, from scratch: the functions it runs inherit it, and must see neither the caller's
 * AWS settings nor anything secret. Services the engine lacks are the AI server's, unless the caller's environment has
 * another endpoint for one (AWS_ENDPOINT_URL_REKOGNITION).
 */
export function engineEnvironment(instance: Instance, caller: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const passed = [...inherited, ...engineSettings, ...aiEndpoints];
  return {
    ...Object.fromEntries(aiEndpoints.map((name) => [name, instance.aiEndpoint])),
    ...pick(caller, (name) => passed.includes(name)),
    ...base(instance),
    PYTHONUNBUFFERED: '1',
    GATEWAY_PORT: String(instance.port),
    BIND_HOST: '127.0.0.1',
    MINISTACK_REGION: instance.region,
    AUTH: 'true',
    PERSIST_STATE: '1',
    STATE_DIR: join(instance.folder, 'state'),
    S3_PERSIST: '1',
    S3_DATA_DIR: join(instance.folder, 's3'),
    // Listeners on ports of their own, for services this system does not use.
    IOT_MTLS_ENABLED: '0',
    SFTP_ENABLED: '0',
    // The engine's worker script, not a function, calls url.parse().
    NODE_OPTIONS: '--disable-warning=DEP0169',
  };
}

/** The whole environment of the AI server; it is told everything else on its command line. */
export function aiEnvironment(instance: Instance, caller: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...pick(caller, (name) => inherited.includes(name)), ...base(instance) };
}
