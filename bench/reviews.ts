import { randomUUID } from 'node:crypto';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { type Connection, connect, runningInstance } from '../local/src/engine.ts';
import { Failure } from '../local/src/failure.ts';
import { Visitor } from '../local/src/visitor.ts';
import { goal, heading, table } from './report.ts';

const rounds = 6;
/** Below an author's daily quota. */
const postsPerRound = 40;
const settings = ['healthy', 'failing'] as const;

/**
 * How long posting a review takes, while Comprehend and Translate answer and while they only throttle and fail. Needs the
 * engine, for that is what answers.
 */
export async function benchReviews() {
  heading(
    `Posting a review: ms of ${rounds} interleaved rounds of ${postsPerRound} posts, while the language services ...`,
  );
  const connection = await connect().catch((error: unknown) => {
    if (!(error instanceof Failure)) throw error;
    console.log(`skipped: ${error.message} Start the engine first: make up`);
  });
  if (!connection) return;
  const { Parameter } = await new SSMClient(connection.clientConfig).send(
    new GetParameterCommand({ Name: '/happy-path/local/reviews/api-url' }),
  );
  const apiUrl = Parameter?.Value ?? '';
  const markers = { healthy: '', failing: await failingMarker() };
  const times: Record<(typeof settings)[number], number[]> = { healthy: [], failing: [] };
  await post(connection, apiUrl, '');
  for (let round = 0; round < rounds; round += 1)
    for (const setting of round % 2 === 0 ? settings : settings.toReversed())
      times[setting].push(...(await post(connection, apiUrl, markers[setting])));

  const percentiles = [50, 95, 99] as const;
  table(
    ['', ...percentiles.map((p) => `p${p}`)],
    settings.map((setting) => [setting, ...percentiles.map((p) => percentile(times[setting], p).toFixed(1))]),
  );
  goal(
    'POST /reviews p95, services failing / healthy',
    [percentile(times.failing, 95) / percentile(times.healthy, 95)],
    1.25,
    ' x',
  );
}

/** @returns the time of each of a new author's posts, in ms */
async function post(site: Connection, apiUrl: string, marker: string): Promise<number[]> {
  const { token = '' } = await Visitor.signUp(site);
  const subject = `bench-${randomUUID()}`;
  const times: number[] = [];
  for (let n = 0; n < postsPerRound; n += 1) {
    const startedAt = performance.now();
    const response = await site.fetch(`${apiUrl}/reviews`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'idempotency-key': randomUUID(),
      },
      body: JSON.stringify({ subject, rating: 3, text: `Los baños estaban limpios. ${marker}` }),
    });
    await response.text();
    times.push(performance.now() - startedAt);
    if (response.status !== 201) throw new Error(`POST /reviews answered ${response.status}`);
  }
  return times;
}

/** @returns a word: of texts with it every operation fails twenty times, which is longer than the benchmark takes */
async function failingMarker(): Promise<string> {
  const { aiEndpoint } = await runningInstance();
  const marker = `m${randomUUID().replaceAll('-', '')}`;
  const faults = ['ThrottlingException', 'InternalServerException'].map((fault) => ({ fault, times: 10 }));
  const response = await fetch(`${aiEndpoint}/_local/texts/${marker}`, {
    method: 'PUT',
    body: JSON.stringify({ answers: faults }),
  });
  if (!response.ok) throw new Error(`The language services take no script: ${await response.text()}`);
  return marker;
}

function percentile(figures: readonly number[], percent: number): number {
  const sorted = figures.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}
