import { type Coordinates, rounded } from './coordinates.ts';

export type PositionProblem = 'denied' | 'unavailable' | 'unsupported';

export class PositionError extends Error {
  readonly reason: PositionProblem;

  constructor(reason: PositionProblem) {
    super(reason);
    this.name = 'PositionError';
    this.reason = reason;
  }
}

/**
 * Where the visitor is. The browser asks for permission, so this is only called when a button was pressed.
 *
 * @throws PositionError
 */
export function currentPosition(): Promise<Coordinates> {
  return new Promise((resolve, reject) => {
    if (!('geolocation' in navigator)) return reject(new PositionError('unsupported'));
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve(rounded({ lat: coords.latitude, lng: coords.longitude })),
      ({ code, PERMISSION_DENIED }) => reject(new PositionError(code === PERMISSION_DENIED ? 'denied' : 'unavailable')),
      { maximumAge: 60_000, timeout: 15_000 },
    );
  });
}
