import type { Photo, Rendition } from '../api/types.ts';

export interface Sources {
  /** For browsers that show WebP. */
  readonly webp: string | undefined;
  readonly jpeg: string | undefined;
  /** For browsers without srcset: the smallest there is. */
  readonly src: string;
}

const srcset = (renditions: readonly Rendition[]): string | undefined =>
  renditions.length === 0 ? undefined : renditions.map(({ url, width }) => `${url} ${width}w`).join(', ');

/** The renditions of a photo as `<picture>` wants them, smallest first. `kind` takes only those of a kind. */
export function sourcesOf({ renditions }: Pick<Photo, 'renditions'>, kind?: Rendition['kind']): Sources {
  const usable = renditions
    .filter((each) => kind === undefined || each.kind === kind)
    .toSorted((a, b) => a.width - b.width);
  const webp = usable.filter(({ type }) => type === 'image/webp');
  const jpeg = usable.filter(({ type }) => type === 'image/jpeg');
  return { webp: srcset(webp), jpeg: srcset(jpeg), src: (jpeg[0] ?? usable[0])?.url ?? '' };
}

/** Width and height of the whole photo at its largest rendition, in pixels: what keeps the page from jumping. */
export function sizeOf({ renditions, width, height }: Photo): { width: number; height: number } {
  const scaled = renditions.find(({ kind }) => kind === 'scaled');
  return scaled ? { width: scaled.width, height: scaled.height } : { width, height };
}

/**
 * When a photo was taken, or else shared. A camera's clock has no zone, or its own: it is shown as the camera had it,
 * which is what `timeZone: UTC` on a time without a zone does.
 */
export function momentOf({ takenAt, createdAt }: Pick<Photo, 'takenAt' | 'createdAt'>): {
  readonly at: string;
  readonly timeZone: 'UTC' | undefined;
} {
  const clock = takenAt?.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/)?.[0];
  const asUtc = clock === undefined ? undefined : `${clock}Z`;
  return asUtc !== undefined && !Number.isNaN(Date.parse(asUtc))
    ? { at: asUtc, timeZone: 'UTC' }
    : { at: createdAt, timeZone: undefined };
}
