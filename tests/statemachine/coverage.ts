import { type Definition, firstFor, type Retrier, type State } from './definition.ts';
import type { Visit } from './history.ts';

const anyError = 'States.ALL';
const attemptsOf = ({ MaxAttempts = 3 }: Retrier) => MaxAttempts;
const named = (rule: { ErrorEquals: string[] }) => rule.ErrorEquals.join(', ');

const leads = (state: string, target: string) => `${state} leads to ${target}`;
const catches = (state: string, names: string, target: string) => `${state} catches ${names} and goes to ${target}`;
const givesUp = (state: string, retrier: Retrier) =>
  `${state} gives up after ${attemptsOf(retrier)} retries of ${named(retrier)}`;
const retries = (state: string, error: string) => `${state} retries ${error}`;
const recovers = (state: string) => `${state} succeeds after retries`;

/**
 * All that can happen in a state machine for a reason: each branch of each Choice, each Catch, each Retry that gives up, each
 * error that a Retry names, and each task that recovers.
 *
 * @throws Error on what histories cannot tell: two branches of one Choice to the same state, Map and Parallel
 */
export function branchesOf({ States }: Definition): string[] {
  return Object.entries(States).flatMap(([name, state]) => [...choicesOf(name, state), ...handlersOf(name, state)]);
}

function choicesOf(name: string, state: State): string[] {
  if (!['Task', 'Choice', 'Pass', 'Succeed', 'Fail'].includes(state.Type)) {
    throw new Error(`${name} is a ${state.Type}, of which coverage.ts knows nothing`);
  }
  const targets = (state.Choices ?? []).map(({ Next }) => Next);
  if (state.Default !== undefined) targets.push(state.Default);
  if (new Set(targets).size < targets.length) throw new Error(`Two branches of ${name} lead to the same state`);
  return targets.map((target) => leads(name, target));
}

function handlersOf(name: string, { Retry = [], Catch = [] }: State): string[] {
  const active = Retry.filter((retrier) => attemptsOf(retrier) > 0);
  const errors = active.flatMap(({ ErrorEquals }) => ErrorEquals).filter((error) => error !== anyError);
  return [
    ...Retry.map((retrier) => givesUp(name, retrier)),
    ...errors.map((error) => retries(name, error)),
    ...(active.length > 0 ? [recovers(name)] : []),
    ...Catch.map((catcher) => catches(name, named(catcher), catcher.Next)),
  ];
}

/** Which of {@link branchesOf} an execution took. */
export function branchesTaken({ States }: Definition, visits: readonly Visit[]): string[] {
  return visits.flatMap((visit, index) => {
    const state = States[visit.state];
    const next = visits[index + 1]?.state;
    if (!state) throw new Error(`The definition has no ${visit.state}`);
    if (state.Type === 'Choice' && next !== undefined) return [leads(visit.state, next)];
    return state.Type === 'Task' ? [...retriesOf(visit, state), ...endOf(visit, state, next)] : [];
  });
}

/** The error of a task's last try, if it failed, was not retried. */
const retriedIn = ({ errors, failed }: Visit) => (failed ? errors.slice(0, -1) : errors);

const retriesOf = (visit: Visit, { Retry }: State): string[] =>
  retriedIn(visit)
    .filter((error) => firstFor(Retry, error)?.ErrorEquals.includes(error))
    .map((error) => retries(visit.state, error));

function endOf(visit: Visit, { Retry, Catch }: State, next: string | undefined): string[] {
  const error = visit.errors.at(-1);
  if (error === undefined) return [];
  if (!visit.failed) return [recovers(visit.state)];
  const retrier = firstFor(Retry, error);
  const used = retriedIn(visit).filter((retried) => firstFor(Retry, retried) === retrier);
  const catcher = firstFor(Catch, error);
  return [
    ...(retrier && used.length === attemptsOf(retrier) ? [givesUp(visit.state, retrier)] : []),
    ...(catcher && next !== undefined ? [catches(visit.state, named(catcher), next)] : []),
  ];
}
