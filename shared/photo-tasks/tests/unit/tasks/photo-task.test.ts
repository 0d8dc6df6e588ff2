import '../environment.ts';

import { readEnvironment } from '@happy-path/runtime/environment';
import { flushMetrics, logger } from '@happy-path/runtime/observability';
import { captureOutput, context } from '@happy-path/runtime/testing';
import { describe, expect, it } from 'vitest';
import { defaultPhotoLimits } from '../../../src/domain/photo-limits.ts';
import { beginTask, endTask, limitsFrom, limitVariables } from '../../../src/tasks/photo-task.ts';
import { foreignInputs, uploaded } from './uploaded-photo.ts';

const output = captureOutput();

describe('the begin of a task', () => {
  it('gives what the event says of the photo, and nothing else that it holds', () => {
    expect(beginTask({ ...uploaded, owner: 'someone' }, context)).toEqual(uploaded);
  });

  it('names the photo in every line of the log from now on, and no other one any more', () => {
    beginTask(uploaded, context);
    logger.appendKeys({ ofTheFirst: true });
    beginTask({ ...uploaded, ID: 'a'.repeat(32), correlationId: 'correlation-2' }, context);
    logger.info('later');

    const [entry] = output.entries();
    expect(entry).toMatchObject({
      photoId: 'a'.repeat(32),
      correlationId: 'correlation-2',
      function_request_id: context.awsRequestId,
    });
    expect(entry).not.toHaveProperty('ofTheFirst');
  });

  it.each(foreignInputs)('is refused when $what', ({ input }) => {
    expect(() => beginTask(input, context)).toThrow();
  });
});

describe('the end of a task', () => {
  it('gives back the outcome as it is', () => {
    const outcome = { outcome: 'REJECTED', reason: 'IMAGE_TOO_SMALL', reasonDetail: 'The photo is 9 x 9 pixels' };

    expect(endTask(outcome)).toBe(outcome);
  });

  it('logs outcome, reason and facts, but not what the visitor reads', () => {
    endTask({ outcome: 'REJECTED', reason: 'IMAGE_TOO_SMALL', reasonDetail: 'The photo is 9 x 9' }, { bytesIn: 68 });

    expect(output.entries()[0]).toMatchObject({
      message: 'task ended',
      outcome: 'REJECTED',
      reason: 'IMAGE_TOO_SMALL',
      bytesIn: 68,
    });
    expect(output.text()).not.toContain('9 x 9');
  });

  it('counts a refusal by its reason, and by nothing that has many values', () => {
    endTask({ outcome: 'REJECTED', reason: 'FAILED_MODERATION', reasonDetail: 'found: violence' }, { labels: ['x'] });

    const [metric] = output.entries().filter((entry) => 'PhotosRejected' in entry);
    const { _aws, ...values } = metric ?? {};
    expect(values).toEqual({ PhotosRejected: 1, reason: 'FAILED_MODERATION', service: 'workflow-v4' });
    expect(_aws).toMatchObject({
      CloudWatchMetrics: [{ Namespace: 'HappyPath', Dimensions: [['service', 'reason']] }],
    });
  });

  it.each(['ACCEPTED', 'RENDERED', 'WITHDRAWN'])('counts nothing for %s', (outcome) => {
    endTask({ outcome });
    flushMetrics();

    expect(output.entries()).toMatchObject([{ message: 'task ended', outcome }]);
    expect(output.entries()[0]).not.toHaveProperty('reason');
  });
});

describe('the limits', () => {
  const read = (MAX_PIXELS: string, MIN_SIDE_PX: string) =>
    limitsFrom(readEnvironment(limitVariables, { MAX_PIXELS, MIN_SIDE_PX }));

  it('are those of the environment, and the longest side is our own', () => {
    expect(read('12000000', '400')).toEqual({ ...defaultPhotoLimits, maxPixels: 12_000_000, minSidePx: 400 });
  });

  it.each([
    ['0', '1'],
    ['268402690', '1'],
    ['1000', '0'],
    ['1000', '10001'],
    ['', '32'],
    ['1000', 'small'],
  ])('are none with MAX_PIXELS %j and MIN_SIDE_PX %j', (maxPixels, minSidePx) => {
    expect(() => read(maxPixels, minSidePx)).toThrow(/MAX_PIXELS|MIN_SIDE_PX/);
  });
});
