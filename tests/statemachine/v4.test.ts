import { expect, test } from 'vitest';
import { photosAt, readPhoto } from '../engine-fixture.ts';
import { testCompleteness } from './completeness.ts';
import { failures } from './mocked-responses.ts';
import { stopAt } from './routes.ts';
import { testSharedCases } from './shared-cases.ts';
import { eventOf, openWorkflow, uploadedPhoto } from './workflow.ts';

const workflow = await openWorkflow('v4');
const { before } = stopAt('v4', 'GetPlace');

testSharedCases(workflow);

test.concurrent.for([
  ['cafe', 'cafe'],
  ['of unknown type', null],
] as const)('takes no photos of places of type %s, and says so', async ([type, placeType]) => {
  const photo = await uploadedPhoto(placeType);
  const { status, path, output } = await workflow.run(eventOf(photo, workflow), { mocked: 'Passes' });
  const refusal = {
    reason: 'UNSUPPORTED_PLACE_TYPE',
    reasonDetail: `Places like this one (${type}) take no photos yet. Choose a park or a restaurant.`,
  };
  expect(status).toBe('SUCCEEDED');
  expect(path).toEqual([...before, 'GetPlace', 'ByPlaceType', 'RecordFailState']);
  expect(output).toEqual({ outcome: 'REJECTED', ...refusal });
  const row = await readPhoto(photo.photoId);
  expect(row).toMatchObject({ objStatus: 'REJECTED', ...refusal });
  expect(row).not.toHaveProperty('GSI2PK');
  expect(await photosAt(photo.placeId)).toEqual([]);
});

test.concurrent('fails the photo after six tries when the place cannot be read', async () => {
  const photo = await uploadedPhoto();
  const { status, error, path, attempts } = await workflow.run(eventOf(photo, workflow), { mocked: 'GetPlaceBusy' });
  expect(status).toBe('FAILED');
  expect(error).toBe(failures.Busy);
  expect(attempts('GetPlace')).toBe(6);
  expect(path).toEqual([...before, 'GetPlace', 'RecordFault', 'Faulted']);
  expect(await readPhoto(photo.photoId)).toMatchObject({
    objStatus: 'FAILED',
    fault: `${failures.Busy}: said by the test`,
  });
  expect(await photosAt(photo.placeId)).toEqual([]);
});

testCompleteness(workflow);
