import { randomBytes } from 'node:crypto';
import { jobEvent } from '@happy-path/job-consumers/testing';
import { expect, test } from 'vitest';
import { poll } from '../../local/src/poll.ts';
import { openApiOf } from '../contract/open-api.ts';
import { physicalId, site } from '../engine-fixture.ts';
import { publish } from '../job-consumers.ts';

const { answerProblems, headerProblems } = openApiOf('inventory');
const api = `${site.endpoint}/_aws/execute-api/${await physicalId('inventory', 'HttpApi')}`;

async function get(path: string) {
  const response = await site.fetch(api + path);
  const body = await response.text();
  expect(answerProblems('GET', path, response.status, response.headers.get('content-type'), body)).toEqual([]);
  expect(headerProblems('GET', path, response.status, Object.fromEntries(response.headers))).toEqual([]);
  return { status: response.status, body: JSON.parse(body) };
}

const ends = (what: string, path: string, status: number) =>
  poll(what, 20_000, async () => {
    const answer = await get(path);
    return answer.status === status ? answer : undefined;
  });

test('a job is listed while it is open, the newest first, page by page', async () => {
  const run = randomBytes(6).toString('hex');
  const ids = ['a', 'b', 'c'].map((name) => `${name}-${run}`);
  // Later than any other test's, so that they come first.
  const position = 40_000;
  for (const [index, id] of ids.entries())
    await publish(jobEvent('JobCreated', id, position + index, { title: `Job ${index}` }));
  await ends('the last job', `/jobs/${ids[2]}`, 200);

  const listed: string[] = [];
  let cursor = '';
  for (let page = 0; page < 3; page += 1) {
    const { body } = await get(`/jobs?limit=1${cursor}`);
    listed.push(...body.jobs.map(({ jobId }: { jobId: string }) => jobId));
    cursor = `&cursor=${body.cursor}`;
  }
  expect(listed).toEqual(ids.toReversed());
  expect((await get(`/jobs/${ids[0]}`)).body).toMatchObject({ jobId: ids[0], title: 'Job 0', company: 'Forn Baluard' });

  for (const [index, id] of ids.entries()) await publish(jobEvent('JobDeleted', id, position + 10 + index));
  await ends('the end of the last job', `/jobs/${ids[2]}`, 404);
  const { body } = await get('/jobs?limit=3');
  expect(body.jobs.map(({ jobId }: { jobId: string }) => jobId)).not.toEqual(expect.arrayContaining(ids));
});

test('a request that breaks a rule is told which', async () => {
  expect(await get('/jobs?limit=0')).toMatchObject({ status: 400, body: { errors: [{ field: 'limit' }] } });
});
