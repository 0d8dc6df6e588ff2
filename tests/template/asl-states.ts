import { at, entries, isRecord, items } from './json.ts';

export interface State {
  readonly name: string;
  readonly state: Record<string, unknown>;
}

/** A machine, or the machine inside a Map or a branch of a Parallel. */
export interface Scope {
  readonly startAt: string;
  readonly states: readonly State[];
}

export function scopeOf(definition: unknown): Scope {
  const states = entries(at(definition, 'States'));
  return {
    startAt: String(at(definition, 'StartAt')),
    states: states.flatMap(([name, state]) => (isRecord(state) ? [{ name, state }] : [])),
  };
}

/** The machine and every one inside it. */
export function scopesOf(definition: unknown): Scope[] {
  const scope = scopeOf(definition);
  const inner = scope.states.flatMap(({ state }) => [
    ...items(state['Branches']),
    ...items(state['ItemProcessor']),
    ...items(state['Iterator']),
  ]);
  return [scope, ...inner.flatMap(scopesOf)];
}

export function statesIn(definition: unknown): State[] {
  return scopesOf(definition).flatMap(({ states }) => states);
}
