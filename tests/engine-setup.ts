import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stopEngine } from '../local/src/engine-process.ts';
import { describe, Failure } from '../local/src/failure.ts';
import { instanceFrom } from '../local/src/instance.ts';
import { up } from '../local/src/up.ts';
import { mockConfig } from './statemachine/mocked-responses.ts';

/** State machines wait this much of what they would before they retry. */
const retryWaitScale = '0.02';

/**
 * Brings up the instance `test`, which the tests connect to, and stops it when they are done. It starts empty, whatever an
 * aborted run left; KEEP_ENGINE=1 keeps it running and its data from run to run. The demo's PORT and INSTANCE do not count.
 */
export async function setup(): Promise<() => Promise<void>> {
  // Two projects of the suite share the engine; the first one brings it up, and stops it when both are done.
  if (process.env['TEST_ENGINE_UP']) return async () => {};
  process.env['TEST_ENGINE_UP'] = '1';
  try {
    return await bringUp();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // Vitest would add its globs, a stack and the error's fields to what says all already. No test has run yet.
    console.error(`\n${describe(error)}`);
    process.exit(1);
  }
}

async function bringUp(): Promise<() => Promise<void>> {
  const instance = instanceFrom({ REGION: process.env['REGION'], PORT: process.env['TEST_PORT'] }, 'test');
  const keep = process.env['KEEP_ENGINE'] === '1';
  const stop = async () => {
    if (!keep) await stopEngine(instance);
  };
  await stop();
  if (!keep) await rm(instance.folder, { recursive: true, force: true });
  await mkdir(instance.folder, { recursive: true });
  const mocks = join(instance.folder, 'mocked-responses.json');
  await writeFile(mocks, JSON.stringify(mockConfig));
  Object.assign(process.env, { SFN_MOCK_CONFIG: mocks, SFN_WAIT_SCALE: retryWaitScale });
  await up(instance);
  return stop;
}
