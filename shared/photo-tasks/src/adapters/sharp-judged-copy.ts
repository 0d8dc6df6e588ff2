import { unreadable } from '../domain/file-type.ts';
import { judgedSize } from '../domain/judged-size.ts';
import type { PhotoLimits } from '../domain/photo-limits.ts';
import type { Rejected } from '../domain/task-outcome.ts';
import { openPhoto, unlessDamaged } from './sharp-photo.ts';

export interface JudgedCopy {
  readonly outcome: 'COPIED';
  readonly jpeg: Buffer;
}

/**
 * Makes the copy of a photo that Rekognition judges. It is decoded exactly as the renditions are, so that no trick with
 * orientation, transparency, colour profile or file format shows the judge other pixels than visitors; and it is within
 * what Rekognition takes: JPEG, at most 5 MB. REJECTED and thrown errors are as for {@link openPhoto}.
 */
export async function copyForJudging(photo: Buffer, limits: PhotoLimits): Promise<JudgedCopy | Rejected> {
  const opened = await openPhoto(photo, limits);
  if (opened.outcome === 'REJECTED') return opened;
  const size = judgedSize(opened.width, opened.height);
  const jpeg = await unlessDamaged(
    opened
      .decode({ ...size, fit: 'fill' })
      .jpeg({ quality: 90 })
      .toBuffer(),
  );
  return jpeg ? { outcome: 'COPIED', jpeg } : unreadable;
}
