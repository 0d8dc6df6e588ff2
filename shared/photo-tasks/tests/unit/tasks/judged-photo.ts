import { GetObjectCommand } from '@aws-sdk/client-s3';
import { context } from '@happy-path/runtime/testing';
import type { Context } from 'aws-lambda';
import { expect, it } from 'vitest';
import { plain } from '../images.ts';
import { faults, foreignInputs, gone, originalIs, s3, uploaded } from './uploaded-photo.ts';

type Task = (event: unknown, context: Context) => Promise<unknown>;

/** What every task does that has Rekognition judge a photo, before it asks. */
export function judgedPhotoCases(task: Task, callsToRekognition: () => unknown[]): void {
  it.each(gone)('a photo whose original $what is WITHDRAWN: its owner removed it', async ({ error }) => {
    s3.on(GetObjectCommand).rejects(error);

    expect(await task(uploaded, context)).toEqual({ outcome: 'WITHDRAWN' });
    expect(callsToRekognition()).toEqual([]);
  });

  it.each([
    { of: 'a short side', file: () => plain(900, 99).jpeg(), reason: 'IMAGE_TOO_SMALL' },
    { of: 'too many pixels', file: () => plain(1001, 1000).png(), reason: 'IMAGE_TOO_LARGE' },
    { of: 'another type', file: () => plain(300, 300).gif(), reason: 'UNSUPPORTED_TYPE' },
  ])('a photo of $of is REJECTED by the limits of the environment', async ({ file, reason }) => {
    originalIs(await file().toBuffer());

    expect(await task(uploaded, context)).toMatchObject({ outcome: 'REJECTED', reason });
    expect(callsToRekognition()).toEqual([]);
  });

  it('a damaged photo is REJECTED', async () => {
    originalIs((await plain(900, 600).jpeg().toBuffer()).subarray(0, 700));

    expect(await task(uploaded, context)).toMatchObject({ outcome: 'REJECTED', reason: 'UNREADABLE_IMAGE' });
    expect(callsToRekognition()).toEqual([]);
  });

  it.each(faults)('a fault is thrown when $what', async ({ error }) => {
    s3.on(GetObjectCommand).rejects(error);

    await expect(task(uploaded, context)).rejects.toBe(error);
    expect(callsToRekognition()).toEqual([]);
  });

  it.each(foreignInputs)('a fault is thrown when $what: nothing is read', async ({ input }) => {
    await expect(task(input, context)).rejects.toThrow();

    expect([...s3.calls(), ...callsToRekognition()]).toEqual([]);
  });
}
