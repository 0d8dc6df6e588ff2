import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { paginateListExecutions } from '@aws-sdk/client-sfn';
import type { PhotoRecord } from '@happy-path/photos/photo-record';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drawTestCard } from '../../local/ai/src/test-card.ts';
import { Visitor } from '../../local/src/visitor.ts';
import { photosAt, published, site, stepFunctions } from '../engine-fixture.ts';
import { ended } from '../stamped-photos.ts';
import { scriptCard } from '../test-cards.ts';
import { make } from './make.ts';

/** Each version in turn while uploads come in, and back to the first. */
const versions = ['1', '2', '3', '4', '1'];
const uploadsPerVersion = 40;
/** Uploads at the same time: as many as the engine serves without making them wait for minutes. */
const uploadersAtOnce = 6;
/** Long enough that every warm copy of `on-upload` notices a switch (it keeps the name for five seconds). */
const phaseMs = 6_000;

type Outcome = 'PROCESSED' | NonNullable<PhotoRecord['reason']>;

interface Kind {
  readonly photo: Buffer;
  readonly placeType: string;
  /** What becomes of it under v1, v2, v3 and v4. */
  readonly outcomes: readonly [Outcome, Outcome, Outcome, Outcome];
}

const fine = ['PROCESSED', 'PROCESSED', 'PROCESSED', 'PROCESSED'] as const;

async function kinds(): Promise<Kind[]> {
  const explicit = [{ Name: 'Explicit', ParentName: '', Confidence: 99, TaxonomyLevel: 1 }];
  const accepted = await scriptCard([{ moderationLabels: [], labels: [] }]);
  const refused = await scriptCard([{ moderationLabels: explicit, labels: [] }]);
  const busy = await Promise.all(
    Array.from({ length: 5 }, () =>
      scriptCard([
        { fault: 'ThrottlingException' },
        { fault: 'ProvisionedThroughputExceededException' },
        { moderationLabels: [], labels: [] },
      ]),
    ),
  );
  const card = (number: number, width = 800, height = 600) => drawTestCard(number, { width, height });
  const small = 'IMAGE_TOO_SMALL';
  return [
    { photo: await card(accepted), placeType: 'park', outcomes: fine },
    { photo: await card(accepted), placeType: 'restaurant', outcomes: fine },
    {
      photo: await card(accepted),
      placeType: 'cafe',
      outcomes: ['PROCESSED', 'PROCESSED', 'PROCESSED', 'UNSUPPORTED_PLACE_TYPE'],
    },
    {
      photo: await card(refused),
      placeType: 'park',
      outcomes: ['PROCESSED', 'FAILED_MODERATION', 'FAILED_MODERATION', 'FAILED_MODERATION'],
    },
    { photo: await card(accepted, 400, 300), placeType: 'park', outcomes: ['PROCESSED', 'PROCESSED', small, small] },
    ...(await Promise.all(
      busy.map(async (number) => ({ photo: await card(number), placeType: 'park', outcomes: fine })),
    )),
    // These two the models see for themselves.
    { photo: await readFile('samples/photos/garden-pagoda.jpg'), placeType: 'park', outcomes: fine },
    {
      photo: await readFile('samples/photos/person-astronaut.jpg'),
      placeType: 'restaurant',
      outcomes: ['PROCESSED', 'PROCESSED', 'PROCESSED', 'NO_PEOPLE_ALLOWED'],
    },
  ];
}

/** Two, as one may not upload so many a day. */
const visitors: Visitor[] = [];
const places = new Map<string, string>();
beforeAll(async () => {
  visitors.push(await Visitor.signUp(site), await Visitor.signUp(site));
  for (const type of ['park', 'restaurant', 'cafe']) {
    const { body } = await (visitors[0] as Visitor).post('/locations', {
      name: type,
      type,
      lat: 41.3,
      lng: 2.1,
      address: 'Somewhere',
    });
    places.set(type, body.placeId);
  }
});
afterAll(() => make('use-workflow', { V: '1' }));

interface Upload {
  readonly photoId: string;
  readonly kind: Kind;
}

/** Uploads some photos of every kind; nobody waits for their outcome. */
async function uploadSome(all: readonly Kind[]): Promise<Upload[]> {
  const queue = Array.from({ length: uploadsPerVersion }, (_, index) => all[index % all.length] as Kind).values();
  const uploads: Upload[] = [];
  const upload = async (visitor: Visitor) => {
    for (const kind of queue) {
      const placeId = places.get(kind.placeType) ?? '';
      uploads.push({ kind, photoId: await visitor.upload(placeId, 'image/jpeg', kind.photo) });
    }
  };
  await Promise.all(
    Array.from({ length: uploadersAtOnce }, (_, index) => upload(visitors[index % visitors.length] as Visitor)),
  );
  return uploads;
}

test('two hundred photos uploaded while the workflow is switched four times end once each', async () => {
  const all = await kinds();
  const uploads: Upload[] = [];
  for (const version of versions) {
    const [some] = await Promise.all([uploadSome(all), make('use-workflow', { V: version }), sleep(phaseMs)]);
    uploads.push(...some);
  }
  const ends: (Upload & { row: Awaited<ReturnType<typeof ended>> })[] = [];
  for (const upload of uploads) ends.push({ ...upload, row: await ended(upload.photoId, 120_000) });

  expect(ends).toHaveLength(200);
  const wrong = ends
    .map(({ kind, row }) => {
      const version = Number(row.workflow?.replace('workflow-v', ''));
      const became = row.objStatus === 'PROCESSED' ? row.objStatus : row.reason;
      return { workflow: row.workflow, expected: kind.outcomes[version - 1], became, detail: row.fault };
    })
    .filter(({ expected, became }) => expected !== became);
  expect(wrong).toEqual([]);

  const visible = (await Promise.all([...places.values()].map(photosAt))).flat().map((each) => each['photoId']);
  const accepted = ends.filter(({ row }) => row.objStatus === 'PROCESSED').map(({ photoId }) => photoId);
  expect(visible.toSorted()).toEqual(accepted.toSorted());

  const claimedBy = Map.groupBy(ends, ({ row }) => row.workflow);
  expect([...claimedBy.keys()].toSorted()).toEqual(['workflow-v1', 'workflow-v2', 'workflow-v3', 'workflow-v4']);
  expect(new Set(ends.map(({ row }) => row.executionId)).size).toBe(200);
  for (const [workflow = '', own] of claimedBy) {
    const runs = await runsOf(workflow);
    expect(own.filter(({ row }) => !runs.has(row.executionId ?? ''))).toEqual([]);
  }
}, 240_000);

async function runsOf(workflow: string): Promise<Set<string>> {
  const stateMachineArn = await published(`${workflow}/state-machine-arn`);
  const runs = new Set<string>();
  for await (const page of paginateListExecutions({ client: stepFunctions }, { stateMachineArn }))
    for (const { executionArn = '' } of page.executions ?? []) runs.add(executionArn);
  return runs;
}
