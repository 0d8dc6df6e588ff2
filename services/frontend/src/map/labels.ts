/** A rectangle in pixels. */
export type Box = Pick<DOMRect, 'left' | 'right' | 'top' | 'bottom'>;

export interface Labelled {
  /** The mark itself, which is always shown. */
  readonly mark: Box;
  /** Width and height of its name, in pixels. */
  readonly width: number;
  readonly height: number;
}

export type Side = 'right' | 'left' | 'hidden';

const gap = 2;

const overlap = (a: Box, b: Box): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

const within = (inner: Box, outer: Box): boolean =>
  inner.left >= outer.left && inner.right <= outer.right && inner.top >= outer.top && inner.bottom <= outer.bottom;

/**
 * Where names go so that none lies over a mark or another name, or leaves the map. Who comes first chooses first.
 *
 * @returns the side of each mark that its name is on
 */
export function placeLabels(marks: readonly Labelled[], map: Box): Side[] {
  const taken: Box[] = [];
  return marks.map(({ mark, width, height }, index) => {
    const middle = (mark.top + mark.bottom) / 2;
    const across = { top: middle - height / 2, bottom: middle + height / 2 };
    const sides: [Side, Box][] = [
      ['right', { ...across, left: mark.right + gap, right: mark.right + gap + width }],
      ['left', { ...across, left: mark.left - gap - width, right: mark.left - gap }],
    ];
    for (const [side, box] of sides) {
      const isFree =
        within(box, map) &&
        !taken.some((each) => overlap(each, box)) &&
        !marks.some((each, other) => other !== index && overlap(each.mark, box));
      if (!isFree) continue;
      taken.push(box);
      return side;
    }
    return 'hidden';
  });
}
