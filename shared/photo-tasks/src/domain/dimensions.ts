import { type FileType, rejectFileType, unreadable } from './file-type.ts';
import { type PhotoLimits, rejectSize } from './photo-limits.ts';
import type { CheckOutcome } from './task-outcome.ts';

export interface DimensionRules extends PhotoLimits {
  readonly allowedTypes: readonly FileType[];
}

export interface DimensionPorts {
  /** The first bytes of the photo; all of it without `maxBytes`. Undefined when it is gone. */
  readOpening(maxBytes?: number): Promise<Buffer | undefined>;
  /** Upright size in pixels; undefined when the opening does not tell. */
  readSize(opening: Buffer): { width: number; height: number } | undefined;
}

/**
 * How much is read, one after the other, until the size is found. Nearly every photo says it in the first 64 KiB; a preview
 * or colour profile can fill segments of 64 KiB each before it, and a depth map some megabytes.
 */
const openings = [64 * 1024, 1024 * 1024, undefined];

/** Checks a photo's type and size in pixels while reading no more of it than needed. */
export async function checkDimensions(rules: DimensionRules, ports: DimensionPorts): Promise<CheckOutcome> {
  for (const maxBytes of openings) {
    const opening = await ports.readOpening(maxBytes);
    if (opening === undefined) return { outcome: 'WITHDRAWN' };
    const wrongType = rejectFileType(opening, rules.allowedTypes);
    if (wrongType) return wrongType;
    const size = ports.readSize(opening);
    if (size) return rejectSize(size.width, size.height, rules) ?? { outcome: 'ACCEPTED' };
    if (opening.length < (maxBytes ?? Number.POSITIVE_INFINITY)) break;
  }
  return unreadable;
}
