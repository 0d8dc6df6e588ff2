import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { count, countFor, flushMetrics, metrics } from '../../src/observability.ts';

// Read when the module above is imported.
vi.hoisted(() => {
  process.env['POWERTOOLS_METRICS_NAMESPACE'] = 'HappyPath';
});

let written = '';

beforeEach(() => {
  written = '';
  metrics.clearMetrics();
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      written += chunk;
      return true;
    });
});
afterEach(() => {
  vi.restoreAllMocks();
});

const lines = () =>
  written
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));

it('counts of one invocation are added up and written together, at its end', () => {
  count('UploadsStarted');
  count('UploadsExpired', undefined, 3);
  expect(lines()).toEqual([]);

  flushMetrics();

  expect(lines()).toMatchObject([{ UploadsStarted: 1, UploadsExpired: 3 }]);
});

it('a count split by a dimension is written at once, on its own', () => {
  count('PhotosRejected', { reason: 'IMAGE_TOO_SMALL' });

  expect(lines()).toMatchObject([{ PhotosRejected: 1, reason: 'IMAGE_TOO_SMALL' }]);
});

it('a dimension stays with its own count', () => {
  count('PhotosRejected', { reason: 'IMAGE_TOO_SMALL' });
  count('UploadsStarted');
  flushMetrics();

  expect(lines().at(-1)).not.toHaveProperty('reason');
});

it("a count on another service's behalf bears that service's name, and no other count does", () => {
  countFor('workflow-v4', 'PhotosRejected', { reason: 'IMAGE_TOO_SMALL' });
  countFor('workflow-v4', 'PhotosPublished');
  count('UploadsStarted');
  flushMetrics();

  const [rejected, published, started] = lines();
  expect(rejected).toMatchObject({ PhotosRejected: 1, service: 'workflow-v4', reason: 'IMAGE_TOO_SMALL' });
  expect(rejected._aws.CloudWatchMetrics[0].Dimensions).toEqual([['service', 'reason']]);
  expect(published).toMatchObject({ PhotosPublished: 1, service: 'workflow-v4' });
  expect(published._aws.CloudWatchMetrics[0].Dimensions).toEqual([['service']]);
  expect(started['service']).not.toBe('workflow-v4');
});

it('nothing is written when nothing was counted', () => {
  flushMetrics();

  expect(written).toBe('');
});

it('nothing is written twice', () => {
  count('UploadsStarted');
  flushMetrics();
  flushMetrics();

  expect(lines()).toHaveLength(1);
});
