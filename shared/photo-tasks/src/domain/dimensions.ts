import { type FileType, rejectFileType } from './file-type.ts';
import { type PhotoLimits, rejectSize } from './photo-limits.ts';
import type { CheckOutcome } from './task-outcome.ts';

export interface DimensionRules extends PhotoLimits {
  readonly allowedTypes: readonly FileType[];
}

export interface DimensionPorts {
  /** The first bytes of the photo; undefined when it is gone. */
  readOpening(maxBytes: number): Promise<Buffer | undefined>;
  /** Upright size in pixels; undefined when the opening does not tell. */
  readSize(opening: Buffer): { width: number; height: number } | undefined;
}

/**
 * How much is read, one after the other, until the size is found. Nearly every photo says it in the first 64 KiB; a preview
 * or colour profile can fill segments of 64 KiB each before it.
 */
const openingBytes = [64 * 1024, 1024 * 1024];

/**
 * Checks a photo's type and size in pixels while reading no more of it than needed. A photo whose size stands further on,
 * or nowhere, passes: whoever decodes it holds it to the same limits, and says what is wrong with it.
 */
export async function checkDimensions(rules: DimensionRules, ports: DimensionPorts): Promise<CheckOutcome> {
  for (const maxBytes of openingBytes) {
    const opening = await ports.readOpening(maxBytes);
    if (opening === undefined) return { outcome: 'WITHDRAWN' };
    const wrongType = rejectFileType(opening, rules.allowedTypes);
    if (wrongType) return wrongType;
    const size = ports.readSize(opening);
    if (size) return rejectSize(size.width, size.height, rules) ?? { outcome: 'ACCEPTED' };
    if (opening.length < maxBytes) break;
  }
  return { outcome: 'ACCEPTED' };
}
