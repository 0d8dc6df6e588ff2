import { basename } from 'node:path';
import { defaultPorts, defaultRegion, type Instance } from './instance.ts';

/** Verbs that start an engine, and so have to be told where; all others ask the record of the one that runs. */
const starting = ['up', 'demo', 'test'];

/**
 * The command line of a verb, as the user has to type it for this instance: `make up INSTANCE=mine PORT=4600`. Several
 * verbs may be given (`down up`).
 *
 * @param extra further settings, such as FUNCTION
 */
export function makeCommand(
  verbs: string,
  { name, port, region }: Pick<Instance, 'name'> & Partial<Instance>,
  extra: Record<string, string | number> = {},
): string {
  const settings: Record<string, string | number> = {};
  if (name !== 'demo' && verbs !== 'test') settings['INSTANCE'] = name;
  if (verbs.split(' ').some((verb) => starting.includes(verb))) {
    if (port !== undefined && port !== defaultPorts[name]) settings[verbs === 'test' ? 'TEST_PORT' : 'PORT'] = port;
    if (region !== undefined && region !== defaultRegion) settings['REGION'] = region;
  }
  return makeLine(verbs, { ...settings, ...extra });
}

/** A command line of make with these settings and no others. */
export function makeLine(verbs: string, settings: Record<string, string | number>): string {
  return ['make', verbs, ...Object.entries(settings).map(([setting, value]) => `${setting}=${value}`)].join(' ');
}

/** The verb that brings this instance up, as far as this process was started by one. */
export function startingVerb({ name }: Pick<Instance, 'name'>): string {
  if (name === 'test') return 'test';
  const [, script = '', verb] = process.argv;
  return basename(script) === 'cli.ts' && verb === 'demo' ? 'demo' : 'up';
}
