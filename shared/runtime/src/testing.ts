import type { Context } from 'aws-lambda';
import { afterEach, beforeEach, vi } from 'vitest';

/** What Lambda gives a handler besides its event. For tests. */
export const context: Context = {
  awsRequestId: 'a1b2c3d4-0000-4000-8000-000000000001',
  callbackWaitsForEmptyEventLoop: true,
  functionName: 'function',
  functionVersion: '$LATEST',
  invokedFunctionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:function',
  logGroupName: 'logs',
  logStreamName: 'stream',
  memoryLimitInMB: '512',
  getRemainingTimeInMillis: () => 25_000,
  done: () => undefined,
  fail: () => undefined,
  succeed: () => undefined,
};

/** Keeps what functions write (logs, metrics) off the terminal, and for the test to read. */
export function captureOutput(): { text: () => string; entries: () => Record<string, unknown>[] } {
  let written = '';
  beforeEach(() => {
    written = '';
    for (const stream of [process.stdout, process.stderr])
      vi.spyOn(stream, 'write').mockImplementation((chunk) => {
        written += chunk;
        return true;
      });
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  return {
    text: () => written,
    entries: () =>
      written
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line)),
  };
}
