import { createHash, randomBytes } from 'node:crypto';

/** Kinds of place that visitors can add. */
export const placeTypes = ['park', 'restaurant', 'cafe', 'bar', 'museum', 'market', 'viewpoint', 'other'] as const;
export type PlaceType = (typeof placeTypes)[number];

export interface Place {
  readonly placeId: string;
  readonly name: string;
  readonly type: PlaceType;
  /** Degrees, WGS 84. */
  readonly lat: number;
  readonly lng: number;
  readonly address: string;
}

export interface NearbyPlace extends Place {
  readonly distanceKm: number;
}

/**
 * Id of a place. With an idempotency key it derives from caller and key, so that a repeated request finds the first
 * one's place instead of adding another.
 */
export const placeIdFor = (owner: string, idempotencyKey: string | undefined): string =>
  idempotencyKey === undefined
    ? randomBytes(12).toString('hex')
    : createHash('sha256').update(`${owner}\n${idempotencyKey}`).digest('hex').slice(0, 24);
