import type { UploadCompleteDetail } from '@happy-path/photos/upload-complete';
import { readOriginal } from '../adapters/s3-originals.ts';
import { copyForJudging, type JudgedCopy } from '../adapters/sharp-judged-copy.ts';
import type { PhotoLimits } from '../domain/photo-limits.ts';
import type { Rejected, Withdrawn } from '../domain/task-outcome.ts';

/** What Rekognition is shown of the version that was uploaded. */
export async function judgedCopyOf(
  photo: UploadCompleteDetail,
  limits: PhotoLimits,
): Promise<JudgedCopy | Rejected | Withdrawn> {
  const original = await readOriginal(photo);
  return original ? copyForJudging(original, limits) : { outcome: 'WITHDRAWN' };
}
