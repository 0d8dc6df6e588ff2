import { setTimeout as sleep } from 'node:timers/promises';
import { samplePlaces } from '../../samples/places.ts';
import { aiState } from './ai.ts';
import { demoJobs } from './demo-jobs.ts';
import { demoReviews } from './demo-reviews.ts';
import { type Connection, connect } from './engine.ts';
import { Failure } from './failure.ts';
import { type Instance, instanceFrom } from './instance.ts';
import { makeCommand } from './make-command.ts';
import { poll } from './poll.ts';
import { say, step } from './progress.ts';
import { forcedCard, type ShowcasePhoto, showcasePhotos } from './showcase.ts';
import { aligned, underlined } from './table.ts';
import { localTarget } from './target.ts';
import { up } from './up.ts';
import { type PhotoOutcome, type Site, Visitor } from './visitor.ts';
import { nameKeptSeconds, Workflows } from './workflows.ts';

const versions = [1, 2, 3, 4];
/** A photo takes seconds; on a machine that is busy with other things, some more. */
const outcomeWithinMs = 180_000;
/** Photos on their way at the same time. */
const width = 3;

interface Journey {
  readonly photo: ShowcasePhoto;
  readonly version: number;
  readonly outcome: PhotoOutcome;
  /** From the end of the upload until its uploader sees the outcome. */
  readonly elapsedMs: number;
  readonly renditions: readonly { type: string; bytes: number }[];
}

/**
 * Brings everything up, takes the same photos through each version of the workflow in turn, posts reviews, replays changes
 * of a jobs database, and prints what became of them all.
 *
 * @returns whether all went as it should
 */
export async function demo(): Promise<boolean> {
  const instance = instanceFrom(process.env);
  await up(instance);
  const site = await connect({ instance: instance.name });
  try {
    return await show(instance, site);
  } catch (error) {
    console.log(`\nThe page, as far as it got: ${site.siteUrl}/\n`);
    throw withAdvice(error, instance);
  }
}

/** What nobody has an advice for: the engine's log and its state tell more. */
function withAdvice(error: unknown, instance: Instance): unknown {
  if (!(error instanceof Failure) || error.advice !== undefined) return error;
  const advice = `${makeCommand('logs', instance)} shows what the engine wrote, ${makeCommand('status', instance)} what runs.`;
  return new Failure(error.message, {
    advice,
    cause: error,
    ...(error.output !== undefined && { output: error.output }),
  });
}

async function show(instance: Instance, site: Connection): Promise<boolean> {
  const visitor = await step('sign a visitor up', () => Visitor.signUp(site));
  const places = await step(
    'seed places',
    () => seedPlaces(visitor),
    (ids) => `${ids.size} in and around Barcelona`,
  );
  const photos = await step('prepare the photos', showcasePhotos, (all) => `${all.length}`);
  await step('wait for the local AI models', () => warmModels(instance));
  await forceVerdict(instance);

  const isWell = [
    await demoPhotos(instance, visitor, photos, places),
    await demoReviews(instance, visitor, places),
    await demoJobs(instance),
  ];
  console.log(whereToGo(site, instance, places.get('Park Güell') ?? ''));
  return isWell.every(Boolean);
}

/** @returns whether each photo ended as it should in each version */
async function demoPhotos(
  instance: Instance,
  visitor: Visitor,
  photos: readonly ShowcasePhoto[],
  places: Map<string, string>,
): Promise<boolean> {
  const workflows = new Workflows(localTarget(instance));
  const journeys: Journey[] = [];
  for (const version of versions) {
    await step(`switch to workflow-v${version}`, async () => {
      await workflows.activate(`workflow-v${version}`);
      await sleep(nameKeptSeconds * 1000);
    });
    const ended = await step(`take ${photos.length} photos through workflow-v${version}`, () =>
      pooled(photos, width, (photo) => follow(visitor, placeFor(photo, places), photo, version)),
    );
    journeys.push(...ended);
  }

  console.log(`\n${outcomeTable(photos, journeys)}\n\n${versionTable(journeys)}\n\n${reasons(journeys)}\n`);
  const surprises = journeys.filter((journey) => wordFor(journey) !== journey.photo.expected[journey.version - 1]);
  for (const { photo, version, outcome } of surprises)
    say(
      `${photo.name} should be ${photo.expected[version - 1]} in v${version}, but is ${outcome.status} ${outcome.reason ?? ''}`,
    );
  return surprises.length === 0;
}

/** The models are loaded in the background while everything is deployed; what is left of that is waited for here. */
async function warmModels(instance: Instance): Promise<void> {
  await poll('the models', 120_000, async () => ((await aiState(instance))?.status === 'ready' ? true : undefined));
}

async function forceVerdict({ aiEndpoint }: Instance): Promise<void> {
  const explicit = { Name: 'Explicit', ParentName: '', Confidence: 99, TaxonomyLevel: 1 };
  const response = await fetch(`${aiEndpoint}/_local/cards/${forcedCard}`, {
    method: 'PUT',
    body: JSON.stringify({ answers: [{ moderationLabels: [explicit] }] }),
  });
  if (!response.ok) throw new Failure(`The local Rekognition takes no test card: ${await response.text()}`);
}

/** Adds the places that are not there yet. @returns the ids of all, by name */
export async function seedPlaces(visitor: Visitor): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  let cursor: string | undefined;
  do {
    const path = `/locations?lat=41.39&lng=2.16&radiusKm=25&limit=100${cursor ? `&cursor=${cursor}` : ''}`;
    const { status, body } = await visitor.get(path);
    if (status !== 200)
      throw new Failure(`GET ${path} answered ${status}: ${JSON.stringify(body)}`, {
        advice: 'What the function wrote: make logs FUNCTION=get-locations',
      });
    for (const { name, placeId } of body.locations) ids.set(name, placeId);
    cursor = body.cursor;
  } while (cursor);
  for (const place of samplePlaces)
    if (!ids.has(place.name)) ids.set(place.name, (await visitor.post('/locations', place)).body.placeId);
  return ids;
}

/** The photo's place: one of its type, not the same for all. */
function placeFor({ name, placeType }: ShowcasePhoto, ids: Map<string, string>): string {
  const ofType = samplePlaces.filter(({ type }) => type === placeType);
  return ids.get(ofType[name.length % ofType.length]?.name ?? '') ?? '';
}

async function pooled<Item, Result>(
  items: readonly Item[],
  workers: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: workers }, worker));
  return results;
}

async function follow(visitor: Visitor, placeId: string, photo: ShowcasePhoto, version: number): Promise<Journey> {
  const photoId = await visitor.upload(placeId, photo.contentType, photo.data);
  const uploadedAt = performance.now();
  const outcome = await visitor.outcome(photoId, outcomeWithinMs);
  const elapsedMs = Math.round(performance.now() - uploadedAt);
  if (outcome.status !== 'PROCESSED') return { photo, version, outcome, elapsedMs, renditions: [] };
  const { body } = await visitor.get(`/locations/${placeId}/photos`);
  const published = body.photos.find((each: { photoId: string }) => each.photoId === photoId);
  if (!published) throw new Failure(`${photo.name} is published, but its place does not show it.`);
  return { photo, version, outcome, elapsedMs, renditions: published.renditions };
}

const wordFor = ({ outcome }: Journey): string =>
  outcome.status === 'PROCESSED' ? 'published' : (outcome.reason ?? outcome.status);

function outcomeTable(photos: readonly ShowcasePhoto[], journeys: readonly Journey[]): string {
  const rows = photos.map((photo) => [
    photo.name,
    photo.placeType,
    ...journeys.filter((journey) => journey.photo === photo).map(wordFor),
  ]);
  return underlined([['photo', 'shared at', ...versions.map((version) => `workflow-v${version}`)], ...rows]);
}

function versionTable(journeys: readonly Journey[]): string {
  const rows = versions.map((version) => {
    const own = journeys.filter((journey) => journey.version === version);
    const published = own.filter(({ renditions }) => renditions.length > 0);
    const sizeIn = sum(published.map(({ photo }) => photo.data.length));
    const loaded = sum(published.flatMap(({ renditions }) => webp(renditions)));
    return [
      `workflow-v${version}`,
      String(published.length),
      String(own.length - published.length),
      String(median(published.map(({ elapsedMs }) => elapsedMs))),
      `${(100 * (1 - loaded / sizeIn)).toFixed(1)} %`,
    ];
  });
  const header = ['', 'published', 'refused', 'median ms', 'less to load'];
  return underlined([header, ...rows], [1, 2, 3, 4]);
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
const webp = (renditions: Journey['renditions']) =>
  renditions.filter(({ type }) => type === 'image/webp').map(({ bytes }) => bytes);

/** One example of each reason, in the words of the API; the page has its own, in the visitor's language. */
function reasons(journeys: readonly Journey[]): string {
  const details = new Map(journeys.map(({ outcome }) => [outcome.reason, outcome.reasonDetail ?? '']));
  const rows = [...details].flatMap(([reason, detail]) => (reason ? [[reason, detail]] : []));
  return ["Why, in the API's words:", ...aligned(rows).map((line) => `  ${line}`)].join('\n');
}

function whereToGo({ siteUrl }: Site, instance: Instance, placeId: string): string {
  return [
    'Everything keeps running, workflow-v4 is active. Addresses to try (browsers and curl find names under .localhost):',
    `  page    ${siteUrl}/`,
    `  places  ${siteUrl}/api/locations?lat=41.39&lng=2.16`,
    `  photos  ${siteUrl}/api/locations/${placeId}/photos`,
    '',
    'Next:',
    ...aligned([
      [makeCommand('use-workflow', instance, { V: 2 }), 'new photos go to another version'],
      [makeCommand('status', instance), 'what runs and where'],
      [makeCommand('logs', instance, { FUNCTION: 'resize-photo' }), 'what a function wrote'],
      [makeCommand('mail', instance), 'what managers were told'],
      [makeCommand('job-stats', instance), 'the job events, queried'],
      ['make test', 'every test, on an engine of its own'],
      [makeCommand('down', instance), 'stop; the data stays for the next `make up`'],
    ]).map((line) => `  ${line}`),
  ].join('\n');
}
