/** Two positions of which nobody can say which is later. Whoever runs the service has to decide. */
export class IncomparablePositionError extends Error {
  override readonly name = 'IncomparablePositionError';
}

const epochLength = 4;

/**
 * A position in the source's log as text that sorts: the epoch, then the parts, each as a decimal of fixed width. Parts are
 * kept as text throughout, because a log sequence number does not fit a JavaScript number.
 *
 * @param epoch 0 to 9999; counts the logs that were followed one after the other, see SourceEpoch in template.yaml
 * @param parts each with its width in digits
 * @throws Error when a part is no whole number of that width
 */
export function positionOf(epoch: number, parts: readonly (readonly [digits: string, width: number])[]): string {
  const padded = parts.map(([digits, width]) => {
    if (!/^\d+$/.test(digits) || digits.length > width)
      throw new Error(`${JSON.stringify(digits)} is no part of a position: a whole number of up to ${width} digits is`);
    return digits.padStart(width, '0');
  });
  return [String(epoch).padStart(epochLength, '0'), ...padded].join('.');
}

/**
 * True when `one` is later in the log than `other`.
 *
 * @throws IncomparablePositionError when they are of different kinds of log, and no epoch tells which came first
 */
export function isLater(one: string, other: string): boolean {
  const isSameEpoch = one.slice(0, epochLength) === other.slice(0, epochLength);
  if (isSameEpoch && one.length !== other.length)
    throw new IncomparablePositionError(
      `Position ${one} cannot be compared with ${other}: after a change of the source or its format raise SourceEpoch`,
    );
  return one > other;
}

const ordinalLength = 10;

/**
 * What orders the events of a job: the latest position of all that is told of it, and a number that each event has for itself.
 * Positions alone do not: a snapshot reads a job and its salary at one of them, and a row may come after a later one of
 * another. Each is greater than the one before, compared as text.
 *
 * @param last that of the job's event before
 */
export function sequenceAfter(last: string | undefined, position: string): string {
  const latest = last?.slice(0, -ordinalLength - 1) ?? '';
  const ordinal = Number(last?.slice(-ordinalLength) ?? 0) + 1;
  return `${position > latest ? position : latest}.${String(ordinal).padStart(ordinalLength, '0')}`;
}
