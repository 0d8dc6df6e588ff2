export interface Coordinates {
  /** Degrees, WGS 84. */
  readonly lat: number;
  readonly lng: number;
}

/** Where web maps, and the API, end. */
const maxLat = 85;

/** Four decimals are about ten metres: where a place is, and no more of where the one stands who adds it. */
export const rounded = (point: Coordinates): Coordinates => atDecimals(point, 4);

/** Three decimals are about a hundred metres: enough to look around, and it tells no one a front door. */
export const coarse = (point: Coordinates): Coordinates => atDecimals(point, 3);

const atDecimals = ({ lat, lng }: Coordinates, decimals: number): Coordinates => ({
  lat: Number(lat.toFixed(decimals)),
  lng: Number(lng.toFixed(decimals)),
});

/**
 * Coordinates as people type or paste them: `41.39, 2.16`, `41.39 2.16`, `41,39; 2,16`, `41.39° N 2.16° E`.
 *
 * @returns undefined when the text is something else, such as a name
 */
export function parseCoordinates(text: string): Coordinates | undefined {
  const decimalCommas = text.includes(';') ? text.replaceAll(',', '.') : text;
  const match =
    /^\s*([+-]?\d{1,3}(?:\.\d+)?)\s*°?\s*([NS])?\s*[,;\s]\s*([+-]?\d{1,3}(?:\.\d+)?)\s*°?\s*([EWO])?\s*$/i.exec(
      decimalCommas,
    );
  if (!match) return undefined;
  const lat = Number(match[1]) * (/s/i.test(match[2] ?? '') ? -1 : 1);
  const lng = Number(match[3]) * (/[wo]/i.test(match[4] ?? '') ? -1 : 1);
  return isOnMap({ lat, lng }) ? { lat, lng } : undefined;
}

export const isOnMap = ({ lat, lng }: Coordinates): boolean => Math.abs(lat) <= maxLat && Math.abs(lng) <= 180;

/** A longitude that came from a map that goes around the world more than once. */
export const wrapped = ({ lat, lng }: Coordinates): Coordinates => ({
  lat: Math.max(-maxLat, Math.min(maxLat, lat)),
  lng: ((((lng + 180) % 360) + 360) % 360) - 180,
});
