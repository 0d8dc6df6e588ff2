import { settleSeconds } from '../../services/backend/src/domain/removal.ts';
import { type Scope, type State, scopeOf, scopesOf, statesIn } from './asl-states.ts';
import { at, items } from './json.ts';
import type { Finding } from './rules/rule.ts';

const FIRST_STATE = 'Claim';
const INTEGRATION = /:states:::(lambda:invoke|dynamodb:(getItem|updateItem))$/;

/** Reads one state machine definition and says what breaks the rule. */
export type AslRule = (definition: unknown) => Finding[];

function statesOf(definition: unknown, type: string): State[] {
  return statesIn(definition).filter(({ state }) => state['Type'] === type);
}

function unless(states: State[], holds: (state: State['state']) => boolean, message: string): Finding[] {
  return states.filter(({ state }) => !holds(state)).map(({ name }) => ({ id: name, message }));
}

/** Two deliveries of one event must end in one run. */
export const claimFirst: AslRule = (definition) =>
  at(definition, 'StartAt') === FIRST_STATE
    ? []
    : [{ id: 'StartAt', message: `start at ${FIRST_STATE}, which takes the photo by a conditional write` }];

export const machineTimeout: AslRule = (definition) =>
  typeof at(definition, 'TimeoutSeconds') === 'number'
    ? []
    : [{ id: 'TimeoutSeconds', message: 'set TimeoutSeconds of the machine: an execution may run for a year' }];

/** After this time the backend's sweep ends what is open and what is to be removed: no run may live so long. */
export const machineSettled: AslRule = (definition) =>
  Number(at(definition, 'TimeoutSeconds')) >= settleSeconds
    ? [{ id: 'TimeoutSeconds', message: `set less than the ${settleSeconds} seconds that the backend's sweep waits` }]
    : [];

/** The engine's tests have shown that these run locally as they do on AWS; another one comes with its own. */
export const taskIntegration: AslRule = (definition) =>
  unless(
    statesOf(definition, 'Task'),
    (state) => INTEGRATION.test(String(state['Resource'])),
    'call lambda:invoke, dynamodb:getItem or dynamodb:updateItem',
  );

/** The default is 99999999 seconds. */
export const taskTimeout: AslRule = (definition) =>
  unless(
    statesOf(definition, 'Task'),
    (state) => typeof state['TimeoutSeconds'] === 'number' || typeof state['TimeoutSecondsPath'] === 'string',
    'set TimeoutSeconds',
  );

/** Retries without jitter come back together; without bounds they outlive the machine. */
export const taskRetry: AslRule = (definition) =>
  unless(
    statesOf(definition, 'Task'),
    (state) =>
      items(state['Retry']).length > 0 &&
      items(state['Retry']).every(
        (retry) =>
          // No attempts: the error is exempted from the retriers below.
          at(retry, 'MaxAttempts') === 0 ||
          (at(retry, 'JitterStrategy') === 'FULL' &&
            typeof at(retry, 'MaxAttempts') === 'number' &&
            typeof at(retry, 'MaxDelaySeconds') === 'number'),
      ),
    'set Retry, each with JitterStrategy FULL, MaxAttempts and MaxDelaySeconds',
  );

/** What is not caught fails the execution and leaves its work open. */
export const taskCatch: AslRule = (definition) =>
  unless(
    statesOf(definition, 'Task'),
    (state) => items(state['Catch']).some((catcher) => items(at(catcher, 'ErrorEquals')).includes('States.ALL')),
    'set Catch with States.ALL as its last entry',
  );

export const choiceDefault: AslRule = (definition) =>
  unless(
    statesOf(definition, 'Choice'),
    (state) => typeof state['Default'] === 'string',
    'set Default: an input that no rule takes fails with States.NoChoiceMatched, which nothing catches',
  );

/** A machine that times out runs no Catch: its slowest way to an end must fit. What a Map or Parallel runs is not counted. */
export const machineBudget: AslRule = (definition) => {
  const { startAt, states } = scopeOf(definition);
  const worstSeconds = slowestFrom(startAt, new Map(states.map(({ name, state }) => [name, state])));
  const limitSeconds = Number(at(definition, 'TimeoutSeconds'));
  if (!(limitSeconds < worstSeconds)) return [];
  return [
    {
      id: 'TimeoutSeconds',
      message: `set ${worstSeconds} or more, which all timeouts and retries on one way add up to`,
    },
  ];
};

/** Seconds of the slowest way to an end; a way around a circle counts each state once. */
function slowestFrom(name: string, open: ReadonlyMap<string, State['state']>): number {
  const state = open.get(name);
  if (state === undefined) return 0;
  const rest = new Map(open);
  rest.delete(name);
  return slowestSeconds(state) + Math.max(0, ...nextOf(state).map((next) => slowestFrom(next, rest)));
}

function slowestSeconds(state: State['state']): number {
  const timeoutSeconds = Number(state['TimeoutSeconds'] ?? state['Seconds'] ?? 0);
  const retrySeconds = items(state['Retry']).flatMap((retry) =>
    Array.from({ length: Number(at(retry, 'MaxAttempts') ?? 3) }, (_, attempt) => {
      const delay = Number(at(retry, 'IntervalSeconds') ?? 1) * Number(at(retry, 'BackoffRate') ?? 2) ** attempt;
      return timeoutSeconds + Math.min(delay, Number(at(retry, 'MaxDelaySeconds') ?? Infinity));
    }),
  );
  return retrySeconds.reduce((sum, seconds) => sum + seconds, timeoutSeconds);
}

/** Every state is reached, leads to states that exist, and can end. */
export const statePaths: AslRule = (definition) => scopesOf(definition).flatMap(pathFindings);

function pathFindings({ startAt, states }: Scope): Finding[] {
  const names = states.map(({ name }) => name);
  const steps = states.map(({ name, state }) => ({ name, isEnd: isTerminal(state), next: nextOf(state) }));
  const missing = [{ name: 'StartAt', next: [startAt] }, ...steps].flatMap(({ name, next }) =>
    next
      .filter((target) => !names.includes(target))
      .map((target) => ({ id: name, message: `it leads to ${target}, which does not exist` })),
  );
  const reached = closure([startAt], (name) => steps.find((step) => step.name === name)?.next ?? []);
  const ending = closure(
    steps.filter(({ isEnd }) => isEnd).map(({ name }) => name),
    (name) => steps.filter(({ next }) => next.includes(name)).map((step) => step.name),
  );
  return [
    ...missing,
    ...names.filter((name) => !reached.has(name)).map((id) => ({ id, message: 'no path leads here: remove it' })),
    ...names
      .filter((name) => !ending.has(name))
      .map((id) => ({ id, message: 'no path from here ends: set Next or End' })),
  ];
}

function isTerminal(state: State['state']): boolean {
  return state['End'] === true || state['Type'] === 'Succeed' || state['Type'] === 'Fail';
}

function nextOf(state: State['state']): string[] {
  const followed = [state, ...items(state['Choices']), ...items(state['Catch'])].map((step) => at(step, 'Next'));
  return [...followed, state['Default']].filter((name) => typeof name === 'string');
}

/** The start and all that can be come to from it. */
function closure(start: readonly string[], stepsFrom: (name: string) => readonly string[]): Set<string> {
  const found = new Set(start);
  // A Set also iterates over what is added on the way.
  for (const name of found) for (const next of stepsFrom(name)) found.add(next);
  return found;
}
