import { type CheckOutcome, rejected } from './task-outcome.ts';

/** Judges a photo for places that are shown without the people in them. */
export function judgePeople(showsPerson: boolean): CheckOutcome {
  if (!showsPerson) return { outcome: 'ACCEPTED' };
  return rejected(
    'NO_PEOPLE_ALLOWED',
    'This place is shown without people, and there seems to be a person in the photo. Take it again with nobody in it.',
  );
}
