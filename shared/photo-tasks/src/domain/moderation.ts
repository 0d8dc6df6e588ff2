import { type CheckOutcome, rejected } from './task-outcome.ts';

/**
 * Judges what was found in a photo.
 *
 * @param found names of moderation labels at or above the minimum confidence, those of their parents among them
 * @param refused names of labels of any level that are not shown here, as in Rekognition's moderation taxonomy
 */
export function judgeContent(found: readonly string[], refused: readonly string[]): CheckOutcome {
  const reasons = refused.filter((name) => found.includes(name));
  if (reasons.length === 0) return { outcome: 'ACCEPTED' };
  const names = new Intl.ListFormat('en-GB').format(reasons.map((name) => name.toLowerCase()));
  return rejected(
    'FAILED_MODERATION',
    `Our check found in the photo what is not shown here: ${names}. Choose another photo.`,
  );
}
