/** What the API answers, as services/backend/openapi.yaml describes it. Fields that are new to this page are let through. */
import * as v from 'valibot';

export const placeTypes = ['park', 'restaurant', 'cafe', 'bar', 'museum', 'market', 'viewpoint', 'other'] as const;
export type PlaceType = (typeof placeTypes)[number];

const count = v.pipe(v.number(), v.integer(), v.minValue(1));

export const Place = v.object({
  placeId: v.string(),
  name: v.string(),
  /** A type that this page does not know yet counts as other. */
  type: v.fallback(v.picklist(placeTypes), 'other'),
  lat: v.number(),
  lng: v.number(),
  address: v.string(),
});
export type Place = v.InferOutput<typeof Place>;

export const NearbyPlace = v.object({ ...Place.entries, distanceKm: v.number() });
export type NearbyPlace = v.InferOutput<typeof NearbyPlace>;

export const PlacePage = v.object({ locations: v.array(NearbyPlace), cursor: v.optional(v.string()) });
export type PlacePage = v.InferOutput<typeof PlacePage>;

export const Rendition = v.object({
  kind: v.string(),
  type: v.string(),
  /** Path on this site: of a photo of a place, or of a review. */
  url: v.pipe(v.string(), v.regex(/^\/(photos|reviews)\//)),
  width: count,
  height: count,
});
export type Rendition = v.InferOutput<typeof Rendition>;

/** A published photo; the same shape comes live. */
export const Photo = v.object({
  photoId: v.string(),
  placeId: v.string(),
  createdAt: v.string(),
  takenAt: v.optional(v.string()),
  camera: v.optional(v.string()),
  width: count,
  height: count,
  renditions: v.array(Rendition),
});
export type Photo = v.InferOutput<typeof Photo>;

export const PhotoPage = v.object({ photos: v.array(Photo), cursor: v.optional(v.string()) });
export type PhotoPage = v.InferOutput<typeof PhotoPage>;

export const UploadTicket = v.object({
  photoId: v.string(),
  uploadUrl: v.pipe(v.string(), v.url()),
  requiredHeaders: v.record(v.string(), v.string()),
  expiresInSeconds: count,
});
export type UploadTicket = v.InferOutput<typeof UploadTicket>;

export const photoStatuses = ['PENDING_UPLOAD', 'UPLOADED', 'PROCESSING', 'PROCESSED', 'REJECTED', 'FAILED'] as const;

export const PhotoStatus = v.object({
  photoId: v.string(),
  placeId: v.string(),
  status: v.picklist(photoStatuses),
  reason: v.optional(v.string()),
  reasonDetail: v.optional(v.string()),
  createdAt: v.string(),
});
export type PhotoStatus = v.InferOutput<typeof PhotoStatus>;

export const PhotoStatusPage = v.object({ images: v.array(PhotoStatus), cursor: v.optional(v.string()) });
export type PhotoStatusPage = v.InferOutput<typeof PhotoStatusPage>;
