/** What the tests of this folder read of a state machine's definition. */
export interface Definition {
  readonly States: Record<string, State>;
}

export interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly Arguments?: Record<string, unknown>;
  readonly Retry?: Retrier[];
  readonly Catch?: Catcher[];
  readonly Choices?: { readonly Condition: string; readonly Next: string }[];
  readonly Default?: string;
}

export interface Retrier {
  readonly ErrorEquals: string[];
  readonly MaxAttempts?: number;
}

export interface Catcher {
  readonly ErrorEquals: string[];
  readonly Next: string;
}

export const isFunction = ({ Resource = '' }: State): boolean => Resource.endsWith(':::lambda:invoke');

/** The first retrier or catcher that an error is for: Step Functions asks no other. */
export function firstFor<Rule extends { readonly ErrorEquals: string[] }>(rules: Rule[] = [], error: string) {
  return rules.find(({ ErrorEquals }) => ErrorEquals.includes('States.ALL') || ErrorEquals.includes(error));
}
