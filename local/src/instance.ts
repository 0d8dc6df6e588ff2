import { join } from 'node:path';
import { Failure } from './failure.ts';
import { statesFolder } from './paths.ts';

/** An engine's name, and the folder that everything it keeps lies in. */
export interface Place {
  name: string;
  folder: string;
}

/** One engine with its own port, data and log; `demo` and `test` never touch each other. */
export interface Instance extends Place {
  port: number;
  region: string;
  endpoint: string;
  /** The port after the engine's: the AI server's. */
  aiPort: number;
  aiEndpoint: string;
}

export const defaultPorts: Record<string, number> = { demo: 4566, test: 4666 };
export const defaultRegion = 'eu-west-1';

/**
 * The place that INSTANCE names; `demo` without it.
 *
 * @throws Failure on a name that cannot be a folder's
 */
export function placeFrom(env: NodeJS.ProcessEnv, name = env['INSTANCE'] || 'demo'): Place {
  if (!/^[a-z][a-z0-9-]*$/.test(name)) {
    throw new Failure(`INSTANCE=${name}: use lower-case letters, digits and dashes.`);
  }
  return { name, folder: join(statesFolder, name) };
}

/**
 * The instance that INSTANCE, PORT and REGION describe; `demo` on 4566 in eu-west-1 without them.
 *
 * @throws Failure on a port that is no port, or that an instance of another name lacks
 */
export function instanceFrom(env: NodeJS.ProcessEnv, name?: string): Instance {
  const place = placeFrom(env, name);
  const port = env['PORT'] || defaultPorts[place.name];
  if (port === undefined) {
    throw new Failure(`Instance ${place.name} has no port of its own.`, {
      advice: `Give it one: make up INSTANCE=${place.name} PORT=4766`,
    });
  }
  if (!/^\d+$/.test(String(port)) || Number(port) < 1024 || Number(port) > 65534) {
    throw new Failure(`PORT=${port}: use a number from 1024 to 65534; the one after it is taken, too.`);
  }
  return instanceAt(place, Number(port), env['REGION'] || defaultRegion);
}

/** The instance of a place on a known port and region. */
export function instanceAt(place: Place, port: number, region: string): Instance {
  const aiPort = port + 1;
  const [endpoint, aiEndpoint] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${aiPort}`];
  return { ...place, port, region, endpoint, aiPort, aiEndpoint };
}
