import * as z from 'zod/mini';
import type { Rejected, Withdrawn } from './task-outcome.ts';

const pixels = z.number().check(z.int(), z.gte(1), z.lte(100_000));

/** What the Resizer found out and stored; part of the state machine's data from then on. */
export const renderedPhoto = z.object({
  outcome: z.literal('RENDERED'),
  /** Upright size of the original. */
  width: pixels,
  height: pixels,
  takenAt: z.optional(z.string().check(z.maxLength(40))),
  camera: z.optional(z.string().check(z.maxLength(100))),
  renditions: z
    .array(
      z.object({
        kind: z.enum(['tile', 'scaled']),
        type: z.enum(['image/jpeg', 'image/webp']),
        key: z.string().check(z.maxLength(200)),
        width: pixels,
        height: pixels,
        bytes: z.number().check(z.int(), z.gte(1)),
      }),
    )
    .check(z.minLength(1), z.maxLength(10)),
});
export type RenderedPhoto = z.infer<typeof renderedPhoto>;

export type ResizeOutcome = RenderedPhoto | Rejected | Withdrawn;
