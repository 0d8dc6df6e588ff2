import { samplePhotos } from '../../samples/photos/index.ts';
import { samplePlaces } from '../../samples/places.ts';
import { connect } from './engine.ts';
import { Failure } from './failure.ts';
import { type Instance, instanceFrom } from './instance.ts';
import { makeCommand } from './make-command.ts';
import { say, step } from './progress.ts';
import { up } from './up.ts';
import { type PhotoOutcome, type Site, Visitor } from './visitor.ts';

type SamplePhoto = Awaited<ReturnType<typeof samplePhotos>>[number];

interface Journey {
  readonly photo: SamplePhoto;
  readonly outcome: PhotoOutcome;
  /** From the end of the upload until its uploader sees the outcome. */
  readonly elapsedMs: number;
  readonly renditions: readonly { kind: string; type: string; bytes: number }[];
}

/** Brings everything up, pushes real photos through it and prints what became of each. @returns whether all went as it should */
export async function demo(): Promise<boolean> {
  const instance = instanceFrom(process.env);
  await up(instance);
  const site = await connect({ instance: instance.name });
  const visitor = await step('sign a visitor up', () => Visitor.signUp(site));
  const placeIds = await step(
    'seed places',
    () => seedPlaces(visitor),
    (ids) => `${ids.length} in and around Barcelona`,
  );
  const photos = await step('prepare the photos', samplePhotos, (all) => `${all.length}`);

  const journeys = await step(`upload ${photos.length} photos and follow each to its end`, async () => {
    const all: Journey[] = [];
    for (const [index, photo] of photos.entries())
      all.push(await follow(visitor, placeIds[index % placeIds.length] ?? '', photo));
    return all;
  });

  console.log(`\n${table(journeys)}\n`);
  const surprises = journeys.filter((journey) => !isExpected(journey));
  for (const { photo, outcome } of surprises)
    say(`${photo.name} should have been ${expectation(photo)}, but is ${outcome.status} ${outcome.reason ?? ''}`);
  console.log(whereToGo(site, instance, placeIds[0] ?? ''));
  return surprises.length === 0;
}

/** Adds the places that are not there yet. @returns the ids of all, in the samples' order */
export async function seedPlaces(visitor: Visitor): Promise<string[]> {
  const known = new Map<string, string>();
  let cursor: string | undefined;
  do {
    const path = `/locations?lat=41.39&lng=2.16&radiusKm=25&limit=100${cursor ? `&cursor=${cursor}` : ''}`;
    const { status, body } = await visitor.get(path);
    if (status !== 200)
      throw new Failure(`GET ${path} answered ${status}: ${JSON.stringify(body)}`, {
        advice: 'What the function wrote: make logs FUNCTION=get-locations',
      });
    for (const { name, placeId } of body.locations) known.set(name, placeId);
    cursor = body.cursor;
  } while (cursor);

  const ids: string[] = [];
  for (const place of samplePlaces) {
    const placeId = known.get(place.name) ?? (await visitor.post('/locations', place)).body.placeId;
    ids.push(placeId);
  }
  return ids;
}

async function follow(visitor: Visitor, placeId: string, photo: SamplePhoto): Promise<Journey> {
  const photoId = await visitor.upload(placeId, photo.contentType, photo.data);
  const uploadedAt = performance.now();
  const outcome = await visitor.outcome(photoId, 60_000);
  const elapsedMs = Math.round(performance.now() - uploadedAt);
  if (outcome.status !== 'PROCESSED') return { photo, outcome, elapsedMs, renditions: [] };
  const { body } = await visitor.get(`/locations/${placeId}/photos`);
  const published = body.photos.find((each: { photoId: string }) => each.photoId === photoId);
  return { photo, outcome, elapsedMs, renditions: published?.renditions ?? [] };
}

function isExpected({ photo, outcome, renditions }: Journey): boolean {
  return photo.expect === 'published'
    ? outcome.status === 'PROCESSED' && renditions.length === 4
    : outcome.status === 'REJECTED' && outcome.reason === photo.expect.rejected;
}

const expectation = ({ expect }: SamplePhoto) =>
  expect === 'published' ? 'published' : `refused as ${expect.rejected}`;

function table(journeys: readonly Journey[]): string {
  const rows = journeys.map(({ photo, outcome, elapsedMs, renditions }) => {
    const start = [photo.name, size(photo.data.length)];
    if (outcome.status !== 'PROCESSED') return [...start, '-', '-', String(elapsedMs), `refused: ${outcome.reason}`];
    const loaded = sum(renditions.filter(({ type }) => type === 'image/webp'));
    const saving = 100 * (1 - loaded / photo.data.length);
    return [
      ...start,
      `${renditions.length} in ${size(sum(renditions))}`,
      `${saving.toFixed(1)} %`,
      String(elapsedMs),
      'published',
    ];
  });
  const header = ['photo', 'size in', 'renditions out', 'saving', 'ms', 'outcome'];
  const [head = '', ...body] = aligned([header, ...rows], [1, 2, 3, 4]);
  return [
    head,
    '-'.repeat(Math.max(...[head, ...body].map((line) => line.length))),
    ...body,
    '',
    'saving: what a browser loads, tile and scaled as WebP, against the upload',
    'ms: from the end of the upload until the uploader sees the outcome',
  ].join('\n');
}

const sum = (renditions: Journey['renditions']) => renditions.reduce((total, { bytes }) => total + bytes, 0);

/** Columns as wide as their widest cell; those in `rightAligned` end flush. */
function aligned(rows: readonly (readonly string[])[], rightAligned: readonly number[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const cells = (row: readonly string[]) =>
    row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return rightAligned.includes(column) ? cell.padStart(width) : cell.padEnd(width);
    });
  return rows.map((row) => cells(row).join('  ').trimEnd());
}

const size = (bytes: number) =>
  bytes < 1024
    ? `${bytes} B`
    : bytes < 1024 ** 2
      ? `${Math.round(bytes / 1024)} KB`
      : `${(bytes / 1024 ** 2).toFixed(1)} MB`;

function whereToGo({ siteUrl }: Site, instance: Instance, placeId: string): string {
  return [
    'Everything keeps running. Addresses to try (browsers and curl find names under .localhost):',
    `  page    ${siteUrl}/`,
    `  places  ${siteUrl}/api/locations?lat=41.39&lng=2.16`,
    `  photos  ${siteUrl}/api/locations/${placeId}/photos`,
    '',
    'Next:',
    ...aligned(
      [
        [makeCommand('status', instance), 'what runs and where'],
        [makeCommand('logs', instance, { FUNCTION: 'resize-photo' }), 'what a function wrote'],
        ['make test', 'every test, on an engine of its own'],
        [makeCommand('down', instance), 'stop; the data stays for the next `make up`'],
      ],
      [],
    ).map((line) => `  ${line}`),
  ].join('\n');
}
