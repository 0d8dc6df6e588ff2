import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
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
      'BUCKET_NAME',
      'TABLE_NAME',
      'UPLOAD_BUCKET',
      'DISTRIBUTION_BUCKET',
      'USER_POOL_ID',
      'USER_POOL_CLIENT_ID',
      'IDENTITY_POOL_ID',
      'EVENT_BUS_NAME',
      'DEAD_LETTER_QUEUE_URL',
      'HELD_CHANGES_QUEUE_URL',
      'TOPIC_ARN',
      'STREAM_NAME',
      'ACTIVE_WORKFLOW_PARAMETER',
      'INITIAL_WORKFLOW',
      'COGNITO_IDP_URL',
      'COGNITO_IDENTITY_URL',
      'POWERTOOLS_SERVICE_NAME',
      'REVIEWS_URL_PARAMETER',
      'IDEMPOTENCY_TABLE_NAME',
      'MEDIA_BUCKET',
      'COMMON_LANGUAGE',
      'ALERT_QUEUE_URL',
      'ALERTS_TOPIC_ARN',
      'SITE_URL',
      'MANAGERS_GROUP',
    ].map((name) => [name, 'something']),
  ),
  BUSINESS_TYPE: 'parks',
  ...Object.fromEntries(
    [
      'MAX_UPLOAD_BYTES',
      'DAILY_UPLOAD_QUOTA',
      'DAILY_PLACE_QUOTA',
      'DAILY_REVIEW_QUOTA',
      'DAILY_PICTURE_QUOTA',
      'MAX_PIXELS',
      'MIN_SIDE_PX',
      'MIN_CONFIDENCE',
      'MAX_RECEIVE_COUNT',
      'TOMBSTONE_DAYS',
    ].map((name) => [name, '100']),
  ),
  ...Object.fromEntries(['HOLD_SECONDS', 'SOURCE_EPOCH', 'KEEP_DELETED_DAYS'].map((name) => [name, '1'])),
  TRANSLATES_REVIEWS: 'true',
  NEGATIVE_THRESHOLD: '0.7',
  ALLOWED_TYPES: 'jpg,png,webp',
  REFUSED_CONTENT: 'Explicit,Drugs & Tobacco',
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
  const functions = services.flatMap(({ name, template }) =>
    Object.entries(template.Resources)
      .filter(([, { Type }]) => Type === 'AWS::Serverless::Function')
      .map(([logicalId]) => `${name} ${handlerName(logicalId)}`),
  );
  expect(bundles.map(({ name }) => name).toSorted()).toEqual(functions.toSorted());
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

/** Functions that decode photos. sharp brings binaries of its own, so it stays outside the bundle. */
const decoding = ['detect-people', 'moderate-photo', 'on-media-upload', 'resize-photo'];

describe.each(bundles.filter(({ handler }) => decoding.includes(handler)))('$name', ({ artifact }) => {
  test.each(['arm64', 'x64'])('carries sharp for Linux on %s', async (architecture) => {
    const packages = join(artifact, 'node_modules', '@img');
    const binaries = await readdir(join(packages, `sharp-linux-${architecture}`, 'lib'));
    expect(binaries.some((name) => name.endsWith('.node'))).toBe(true);
    const libvips = await readdir(join(packages, `sharp-libvips-linux-${architecture}`, 'lib'));
    expect(libvips.some((name) => name.includes('libvips'))).toBe(true);
  });
});

describe.each(bundles.filter(({ handler }) => !decoding.includes(handler)))('$name', ({ artifact, file }) => {
  test('is one file, without sharp: it starts the sooner', async () => {
    expect(await readdir(artifact)).toEqual([file]);
    expect(await readFile(join(artifact, file), 'utf8')).not.toMatch(/from ?"sharp"/);
  });
});
