import { beforeAll, beforeEach, expect, test } from 'vitest';
import { at } from '../template/json.ts';
import type { ApiFunctions, Sent } from './functions.ts';
import type { OpenApi, Operation } from './open-api.ts';

/** Operations that give an answer of this status, and what brings it about. */
export interface Scenario {
  readonly operations: readonly string[];
  readonly status: number;
  readonly arrange?: () => void;
  readonly sent?: Sent;
  readonly remainingMs?: number;
}

/** The real handlers give every answer that the document promises, and each is as promised. */
export function describeAnswers(
  { answerProblems, headerProblems, operations }: OpenApi,
  { arrangeSuccess, request, sampleOf, setEnvironment }: ApiFunctions,
  scenarios: readonly Scenario[],
) {
  beforeAll(setEnvironment);
  beforeEach(arrangeSuccess);

  const cases = scenarios.flatMap((scenario) =>
    operations
      .filter(({ id }) => scenario.operations.includes(id))
      .map((operation) => ({ title: `${operation.method} ${operation.path}`, operation, ...scenario })),
  );

  test.each(cases)(
    '$title answers $status as documented',
    async ({ operation, status, arrange, sent, remainingMs }) => {
      arrange?.();
      const answer = await request(operation, sent, remainingMs);
      const path = sampleOf(operation.id).rawPath;
      expect(answer.status).toBe(status);
      expect(answer.headers['x-correlation-id']).toEqual(expect.any(String));
      expect(answer.body).not.toContain('table-1');
      expect(
        answerProblems(operation.method, path, status, String(answer.headers['content-type']), answer.body),
      ).toEqual([]);
      expect(headerProblems(operation.method, path, status, answer.headers)).toEqual([]);
    },
  );

  test.each(operations)('$method $path documents no answer that it does not give', (operation) => {
    const given = cases.filter((one) => one.operation === operation).map(({ status }) => String(status));
    expect(ownAnswersOf(operation).sort()).toEqual(given.sort());
  });
}

/** API Gateway's own answers cannot be had from a function. */
function ownAnswersOf({ responses }: Operation): string[] {
  return [...responses]
    .filter(
      ([status, { value }]) => Number(status) < 400 || at(value, 'content.application/problem+json') !== undefined,
    )
    .map(([status]) => status);
}
