/**
 * How long to wait before the next attempt, in milliseconds. Doubles with every failure, and is drawn from the upper half of
 * that span so that devices which lost the network together do not come back together.
 *
 * @param failures in a row, at least 1
 * @param random 0 to 1
 */
export function backoffMs(failures: number, random: number, firstMs = 1000, mostMs = 60_000): number {
  const span = Math.min(mostMs, firstMs * 2 ** Math.min(failures - 1, 30));
  return span / 2 + (span / 2) * random;
}
