import { rm } from 'node:fs/promises';
import { stopEngine } from '../local/src/engine-process.ts';
import { instanceFrom } from '../local/src/instance.ts';
import { up } from '../local/src/up.ts';

/**
 * Brings up the instance `test`, which the tests connect to, and stops it when they are done. It starts empty, whatever an
 * aborted run left; KEEP_ENGINE=1 keeps it running and its data from run to run. The demo's PORT and INSTANCE do not count.
 */
export async function setup(): Promise<() => Promise<void>> {
  const instance = instanceFrom({ REGION: process.env['REGION'], PORT: process.env['TEST_PORT'] }, 'test');
  const keep = process.env['KEEP_ENGINE'] === '1';
  const stop = async () => {
    if (!keep) await stopEngine(instance);
  };
  await stop();
  if (!keep) await rm(instance.folder, { recursive: true, force: true });
  await up(instance);
  return stop;
}
