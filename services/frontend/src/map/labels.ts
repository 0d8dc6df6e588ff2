type Box = Pick<DOMRect, 'left' | 'right' | 'top' | 'bottom'>;

const overlap = (a: Box, b: Box): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** @returns the indexes of the boxes that lie over one that comes before them */
export function crowdedLabels(boxes: readonly Box[]): ReadonlySet<number> {
  const kept: Box[] = [];
  const crowded = new Set<number>();
  for (const [index, box] of boxes.entries()) {
    if (kept.some((each) => overlap(each, box))) crowded.add(index);
    else kept.push(box);
  }
  return crowded;
}
