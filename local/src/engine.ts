import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import { Agent, fetch as undiciFetch } from 'undici';
import { type ClientConfig, clientConfig } from './clients.ts';
import { isReady } from './engine-process.ts';
import { readRecord } from './engine-record.ts';
import { Failure } from './failure.ts';
import { type Instance, instanceAt, placeFrom } from './instance.ts';
import { makeCommand } from './make-command.ts';

/** Everything a script or a test needs to talk to a running engine. */
export interface Connection extends ClientConfig {
  stage: 'local';
  /** Configuration of AWS SDK clients that act as the engine's administrator. */
  clientConfig: ClientConfig;
  /** Where the page and, below /api, the HTTP API answer; only {@link fetch} and browsers find that name. */
  siteUrl: string;
  fetch: typeof undiciFetch;
}

/** Browsers take every name under .localhost for this machine, Node asks the name server. */
const lookupLocalhost: LookupFunction = (hostname, options, callback) =>
  lookup(hostname.endsWith('.localhost') ? '127.0.0.1' : hostname, options, callback);

const agent = new Agent({ connect: { lookup: lookupLocalhost } });

/** `fetch` that finds the engine's `*.localhost` names. */
export const fetchLocal: typeof undiciFetch = (input, init) => undiciFetch(input, { dispatcher: agent, ...init });

/** An engine under load answers late; one that is gone refuses at once. */
const busyMs = 30_000;

/**
 * The running instance of that name, as its own record says.
 *
 * @throws Failure when it does not run
 */
export async function runningInstance(name?: string): Promise<Instance> {
  const place = placeFrom(process.env, name);
  const record = readRecord(place);
  if (!record)
    throw new Failure(`The engine (${place.name}) does not run.`, {
      advice: `Start it: ${makeCommand('up', place)}`,
    });
  const instance = instanceAt(place, record.port, record.region);
  if (!(await isReady(instance, busyMs)))
    throw new Failure(`The engine (${place.name}) does not answer.`, {
      advice: `Try again, or: ${makeCommand('down up', instance)}`,
    });
  return instance;
}

/**
 * Connects to a running engine.
 *
 * @throws Failure when it does not run, or nothing is deployed on it
 */
export async function connect({ instance: name }: { instance?: string } = {}): Promise<Connection> {
  const instance = await runningInstance(name);
  const config = clientConfig(instance);
  return { ...config, clientConfig: config, stage: 'local', siteUrl: await siteUrl(config), fetch: fetchLocal };
}

async function siteUrl(config: ClientConfig): Promise<string> {
  try {
    const { Parameter } = await new SSMClient(config).send(
      new GetParameterCommand({ Name: '/happy-path/local/backend/site-url' }),
    );
    return Parameter?.Value ?? '';
  } catch (error) {
    if (!(error instanceof ParameterNotFound)) throw error;
    throw new Failure('The engine runs, but the backend is not deployed on it.', { advice: 'Deploy it: make up' });
  }
}
