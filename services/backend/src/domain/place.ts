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
