import { readFileSync } from 'node:fs';
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { DescribeStateMachineCommand } from '@aws-sdk/client-sfn';
import { expect, test } from 'vitest';
import { lambda, stepFunctions } from '../engine-fixture.ts';
import { type Definition, isFunction } from './definition.ts';
import type { Case } from './mocked-responses.ts';
import type { Version } from './routes.ts';
import { rekognitionTasks, type Task } from './tasks.ts';
import { eventOf, openWorkflow, type Run, uploadedPhoto } from './workflow.ts';

/** The photos of docs/costs.md. */
const photos: Record<string, { placeType: string; mocked: Case; versions: Version[] }> = {
  'published, park': { placeType: 'park', mocked: 'Passes', versions: ['v1', 'v2', 'v3', 'v4'] },
  'published, restaurant': { placeType: 'restaurant', mocked: 'Passes', versions: ['v4'] },
  'refused by dimensions': { placeType: 'park', mocked: 'CheckDimensionsRejected', versions: ['v3', 'v4'] },
  'refused by moderation': { placeType: 'park', mocked: 'ModeratorRejected', versions: ['v2', 'v3', 'v4'] },
  'refused by people': { placeType: 'restaurant', mocked: 'DetectPeopleRejected', versions: ['v4'] },
  'refused by place type': { placeType: 'cafe', mocked: 'Passes', versions: ['v4'] },
};
const runs = Object.entries(photos).flatMap(([photo, { versions, ...how }]) =>
  versions.map((version) => [version, photo, how] as const),
);

const [rows = [], prices = [], assumptions = []] = tablesOf(readFileSync('docs/costs.md', 'utf8'));
const priceOf = (what: string) => Number(prices.find(([name]) => name === what)?.[1]);

test.concurrent.for(runs)('docs/costs.md is right about %s: %s', async ([version, photo, how]) => {
  const workflow = await openWorkflow(version);
  const uploaded = await uploadedPhoto(how.placeType);
  const run = await workflow.run(eventOf(uploaded, workflow), { mocked: how.mocked });
  const found = rows.filter((row) => row[0] === version && row[1] === photo).map((row) => row.slice(2));
  expect(found).toEqual([costOf(run, workflow.definition)]);
});

test('docs/costs.md names each of these photos, and no other', () => {
  expect(rows.map(([version, photo]) => `${version}: ${photo}`).sort()).toEqual(
    runs.map(([version, photo]) => `${version}: ${photo}`).sort(),
  );
});

test('docs/costs.md assumes the memory that functions have', async () => {
  const { stateMachineArn } = await openWorkflow('v4');
  const { definition = '' } = await stepFunctions.send(new DescribeStateMachineCommand({ stateMachineArn }));
  const functions = Object.entries((JSON.parse(definition) as Definition).States).filter(([, state]) =>
    isFunction(state),
  );
  const memory = functions.map(async ([task, { Arguments }]) => {
    const FunctionName = String(Arguments?.['FunctionName']);
    const { MemorySize } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    return [task, String(MemorySize)];
  });
  expect(assumptions.map(([task, megabytes]) => [task, megabytes])).toEqual(await Promise.all(memory));
});

/** As the table has it: states entered, Lambda invocations, service integrations, USD per 1,000 photos. */
function costOf({ visits }: Run, { States }: Definition): string[] {
  // A mock's answer is a try that the engine does not record.
  const triesOf = (isWanted: (task: string) => boolean) =>
    visits.filter(({ state }) => isWanted(state)).reduce((sum, { tries }) => sum + Math.max(tries, 1), 0);
  const isTask = (name: string) => States[name]?.Type === 'Task';
  const invokes = (name: string) => isTask(name) && isFunction(States[name] ?? { Type: '' });

  const transitions = triesOf(() => true);
  const invocations = triesOf(invokes);
  const judged = triesOf((name) => rekognitionTasks.includes(name as Task));
  const gigabyteSeconds = assumptions.reduce(
    (sum, [task, megabytes, seconds]) =>
      sum + triesOf((name) => name === task) * (Number(megabytes) / 1024) * Number(seconds),
    0,
  );
  const usd =
    transitions * priceOf('state transition, Standard') +
    invocations * priceOf('Lambda request') +
    gigabyteSeconds * priceOf('Lambda GB-second, arm64') +
    judged * priceOf('picture judged by Rekognition');
  return [transitions, invocations, triesOf(isTask) - invocations].map(String).concat(usd.toFixed(2));
}

/** The cells of each Markdown table, without its heading. */
function tablesOf(markdown: string): string[][][] {
  return [...markdown.matchAll(/^\|.*\n\|[ -|]*\n((?:\|.*\n)+)/gm)].map(([, body = '']) =>
    body
      .trim()
      .split('\n')
      .map((row) =>
        row
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      ),
  );
}
