import { execFile } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { readServices } from '../../local/src/templates.ts';
import { build } from '../../local/src/up.ts';
import { handlerName } from '../../tools/handler-file.ts';

/** Bytes of a bundle, without what is outside it. The two larger ones hold clients of S3 and Cognito beside the table's. */
const usualBudget = 450 * 1024;
const budgets: Record<string, number> = { 'delete-me': 500 * 1024, 'on-sweep-schedule': 600 * 1024 };

/** Values that pass every function's checks of its environment. */
const environment = {
  PATH: process.env['PATH'],
  AWS_REGION: 'eu-west-1',
  POWERTOOLS_DEV: 'false',
  ...Object.fromEntries(
    [
      'STAGE',
      'TABLE_NAME',
      'UPLOAD_BUCKET',
      'DISTRIBUTION_BUCKET',
      'USER_POOL_ID',
      'USER_POOL_CLIENT_ID',
      'IDENTITY_POOL_ID',
      'EVENT_BUS_NAME',
      'ACTIVE_WORKFLOW_PARAMETER',
      'INITIAL_WORKFLOW',
    ].map((name) => [name, 'something']),
  ),
  ...Object.fromEntries(
    ['MAX_UPLOAD_BYTES', 'DAILY_UPLOAD_QUOTA', 'DAILY_PLACE_QUOTA', 'MAX_PIXELS', 'MIN_SIDE_PX'].map((name) => [
      name,
      '100',
    ]),
  ),
};

const services = readServices();
await build(services);
const bundles = (
  await Promise.all(
    services.map(async ({ folder, name: service }) => {
      const built = join(folder, '.aws-sam', 'build');
      const entries = await readdir(built, { withFileTypes: true });
      return entries
        .filter((entry) => entry.isDirectory())
        .map(({ name: logicalId }) => {
          const handler = handlerName(logicalId);
          return { name: `${service} ${handler}`, handler, artifact: join(built, logicalId), file: `${handler}.mjs` };
        });
    }),
  )
).flat();

test('every function is built', () => {
  expect(bundles.length).toBeGreaterThanOrEqual(14);
});

describe.each(bundles)('$name', ({ handler, artifact, file }) => {
  test('is within its size budget', async () => {
    const { size } = await stat(join(artifact, file));
    expect(size).toBeLessThanOrEqual(budgets[handler] ?? usualBudget);
  });

  test('loads on its own and exports the handler', async () => {
    const program = `console.log(typeof (await import('./${file}')).handler)`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: artifact,
      env: environment,
    });
    expect(stdout.trim()).toBe('function');
  });
});

test.each(['arm64', 'x64'])('the Resizer carries sharp for Linux on %s', async (architecture) => {
  const modules = join('services', 'workflow-v1', '.aws-sam', 'build', 'ResizePhotoFunction', 'node_modules');
  const binaries = await readdir(join(modules, '@img', `sharp-linux-${architecture}`, 'lib'));
  expect(binaries.some((name) => name.endsWith('.node'))).toBe(true);
  const libvips = await readdir(join(modules, '@img', `sharp-libvips-linux-${architecture}`, 'lib'));
  expect(libvips.some((name) => name.includes('libvips'))).toBe(true);
});
