import * as z from 'zod/mini';
import { placeTypes } from '../domain/place.ts';

/** Where web maps end, in degrees; nearer the poles the cells of the index are too narrow to search. */
export const maxLat = 85;

export const placeType = z.enum(placeTypes, `must be one of ${placeTypes.join(', ')}`);

export const placeId = z.string('must be given').check(z.regex(/^[a-z0-9-]{1,64}$/, 'must be a place id'));

export const photoId = z.string('must be given').check(z.regex(/^[0-9a-f]{32}$/, 'must be a photo id'));
