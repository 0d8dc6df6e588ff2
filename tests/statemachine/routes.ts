import { type Judge, judges, type Task } from './tasks.ts';

export type Version = 'v1' | 'v2' | 'v3' | 'v4';
export type PlaceType = 'park' | 'restaurant';

const size = ['CheckDimensions', 'IsSizeAccepted'];
const place = ['GetPlace', 'ByPlaceType'];
const content = ['Moderator', 'IsAccepted'];
const people = ['DetectPeople', 'IsAccepted'];
const publication = ['Resizer', 'IsRendered', 'Publish'];

/** The states of a photo that is published, in their order, by version and type of place. */
export const routes: Record<Version, Partial<Record<PlaceType, string[]>>> = {
  v1: { park: ['Claim', ...publication] },
  v2: { park: ['Claim', ...content, ...publication] },
  v3: { park: ['Claim', ...size, ...content, ...publication] },
  v4: {
    park: ['Claim', ...size, ...place, ...content, ...publication],
    restaurant: ['Claim', ...size, ...place, ...people, ...publication],
  },
};

/** A task of one version, and the way to it. */
export interface Stop<T extends string = Task> {
  readonly task: T;
  /** Where photos pass this task. */
  readonly placeType: PlaceType;
  /** The states before it. */
  readonly before: readonly string[];
}

export function stopAt<T extends Task>(version: Version, task: T): Stop<T> {
  for (const [placeType, route] of Object.entries(routes[version]) as [PlaceType, string[]][]) {
    const index = route.indexOf(task);
    if (index >= 0) return { task, placeType, before: route.slice(0, index) };
  }
  throw new Error(`${version} has no ${task}`);
}

const has = (version: Version, task: string) => Object.values(routes[version]).some((route) => route.includes(task));

export function judgesOf(version: Version): Stop<Judge>[] {
  return judges.filter((task) => has(version, task)).map((task) => stopAt(version, task));
}

/** The states from a judge to its Choice. */
export function untilChoice({ task, before }: Stop<Judge>): string[] {
  const choices = {
    CheckDimensions: 'IsSizeAccepted',
    Moderator: 'IsAccepted',
    DetectPeople: 'IsAccepted',
    Resizer: 'IsRendered',
  };
  return [...before, task, choices[task]];
}
