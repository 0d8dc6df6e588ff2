import { join } from 'node:path';
import { Failure } from './failure.ts';
import { statesFolder } from './paths.ts';

/** One engine with its own port, data and log; `demo` and `test` never touch each other. */
export interface Instance {
  name: string;
  port: number;
  region: string;
  endpoint: string;
  /** Everything it keeps lies in here. */
  folder: string;
}

const defaultPorts: Record<string, number> = { demo: 4566, test: 4666 };

/**
 * The instance that INSTANCE, PORT and REGION name; `demo` on 4566 in eu-west-1 without them.
 *
 * @throws Failure on a port that is no port, or a name that cannot be a folder's
 */
export function instanceFrom(env: NodeJS.ProcessEnv, name = env['INSTANCE'] || 'demo'): Instance {
  if (!/^[a-z][a-z0-9-]*$/.test(name))
    throw new Failure(`INSTANCE=${name}: use lower-case letters, digits and dashes.`);
  const port = Number(env['PORT'] || defaultPorts[name]);
  if (Number.isNaN(port) && !env['PORT']) {
    throw new Failure(`Instance ${name} has no port of its own.`, {
      advice: `Give it one: PORT=4766 INSTANCE=${name}`,
    });
  }
  if (!Number.isInteger(port) || port < 1024 || port > 65535) {
    throw new Failure(`PORT=${env['PORT']}: use a number from 1024 to 65535.`);
  }
  return at(name, port, env['REGION'] || 'eu-west-1');
}

/** The instance of that name on a known port and region. */
export function at(name: string, port: number, region: string): Instance {
  return { name, port, region, endpoint: `http://127.0.0.1:${port}`, folder: join(statesFolder, name) };
}
