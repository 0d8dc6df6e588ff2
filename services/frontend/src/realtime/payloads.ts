import * as v from 'valibot';
import { Photo } from '../api/types.ts';

const PhotoOutcome = v.object({
  photoId: v.string(),
  placeId: v.string(),
  status: v.picklist(['PROCESSED', 'REJECTED', 'FAILED']),
  reason: v.optional(v.string()),
  reasonDetail: v.optional(v.string()),
});
const RemovedPhoto = v.object({ photoId: v.string(), removed: v.literal(true) });

/** What became of an upload. */
export type PhotoOutcome = v.InferOutput<typeof PhotoOutcome>;

/** @returns undefined for what is no photo of this place */
export function parsePlacePhoto(payload: string, placeId: string): Photo | undefined {
  const photo = parse(Photo, payload);
  return photo?.placeId === placeId ? photo : undefined;
}

/** @returns the id of the photo that is not to be shown any more; undefined for what tells of none */
export function parseRemoval(payload: string): string | undefined {
  return parse(RemovedPhoto, payload)?.photoId;
}

/** @returns undefined for what is no outcome of this photo */
export function parsePhotoOutcome(payload: string, photoId: string): PhotoOutcome | undefined {
  const outcome = parse(PhotoOutcome, payload);
  return outcome?.photoId === photoId ? outcome : undefined;
}

function parse<Schema extends v.GenericSchema>(schema: Schema, payload: string): v.InferOutput<Schema> | undefined {
  try {
    const result = v.safeParse(schema, JSON.parse(payload));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}
