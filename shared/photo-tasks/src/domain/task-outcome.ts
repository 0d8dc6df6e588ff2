import type { RejectionReason } from '@happy-path/photos/photo-record';

/** The photo breaks a rule. What a visitor can do about it is part of the outcome, and shown to the uploader. */
export interface Rejected {
  readonly outcome: 'REJECTED';
  readonly reason: RejectionReason;
  /** For the visitor: what is wrong and what to do about it. */
  readonly reasonDetail: string;
}

/** The original is gone: its owner removed the photo. */
export interface Withdrawn {
  readonly outcome: 'WITHDRAWN';
}

/** What a task that only looks at a photo answers; data for the state machine's Choice, never an exception. */
export type CheckOutcome = { readonly outcome: 'ACCEPTED' } | Rejected | Withdrawn;

export function rejected(reason: RejectionReason, reasonDetail: string): Rejected {
  return { outcome: 'REJECTED', reason, reasonDetail };
}
