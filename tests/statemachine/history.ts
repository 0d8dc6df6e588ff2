import type { HistoryEvent } from '@aws-sdk/client-sfn';

/** One state that an execution entered, and what came of it. */
export interface Visit {
  readonly state: string;
  /** How often a task was tried; 0 for one that a mock answered, which the engine does not record. */
  tries: number;
  /** Errors of the tries that failed, in their order. */
  readonly errors: string[];
  /** Whether the last try failed. */
  failed: boolean;
}

/** The states that an execution entered, in their order. */
export function visitsIn(events: readonly HistoryEvent[]): Visit[] {
  const visits: Visit[] = [];
  for (const { type, stateEnteredEventDetails, taskFailedEventDetails, taskTimedOutEventDetails } of events) {
    if (stateEnteredEventDetails?.name) {
      visits.push({ state: stateEnteredEventDetails.name, tries: 0, errors: [], failed: false });
      continue;
    }
    const visit = visits.at(-1);
    const error = taskFailedEventDetails?.error ?? taskTimedOutEventDetails?.error;
    if (visit && error !== undefined) {
      visit.errors.push(error);
      visit.failed = true;
    } else if (visit && type === 'TaskScheduled') {
      visit.tries += 1;
      visit.failed = false;
    }
  }
  return visits;
}
