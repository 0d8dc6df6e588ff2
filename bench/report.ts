export function heading(title: string) {
  console.log(`\n${title}\n${'-'.repeat(title.length)}`);
}

/** Prints rows in columns: the first to the left, the others to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]) {
  const lines = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  for (const line of lines) {
    const cells = line.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    console.log(cells.join('  ').trimEnd());
  }
}

const goals: (readonly string[])[] = [];

/** Notes a goal for the list at the end; `figures` are compared with `atMost`, the worst decides. */
export function goal(name: string, figures: readonly number[], atMost: number, unit: string, digits = 2) {
  const worst = Math.max(...figures);
  const format = (figure: number) => `${figure.toFixed(digits)}${unit}`;
  goals.push([name, `<= ${format(atMost)}`, format(worst), worst <= atMost ? 'met' : 'MISSED']);
}

/** As {@link goal}, for figures that are to be at least so much. */
export function goalAtLeast(name: string, figures: readonly number[], atLeast: number, unit: string, digits = 0) {
  const worst = Math.min(...figures);
  const format = (figure: number) => `${figure.toFixed(digits)}${unit}`;
  goals.push([name, `>= ${format(atLeast)}`, format(worst), worst >= atLeast ? 'met' : 'MISSED']);
}

export function printGoals() {
  heading('Goals (the worst function, view, and photo that is not progressive counts)');
  table(['goal', 'limit', 'measured', ''], goals);
}

export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/**
 * Runs every way once per round, each round beginning with another one, so that what else the machine does falls on all
 * alike. A way answers with its own time in milliseconds.
 *
 * @returns each way's median
 */
export async function interleave<Name extends string>(
  ways: Record<Name, () => Promise<number>>,
  rounds: number,
): Promise<Record<Name, number>> {
  const names = Object.keys(ways) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (const name of names) await ways[name]();
  for (let round = 0; round < rounds; round++) {
    const first = round % names.length;
    for (const name of [...names.slice(first), ...names.slice(0, first)]) times[name].push(await ways[name]());
  }
  return Object.fromEntries(names.map((name) => [name, median(times[name])])) as Record<Name, number>;
}

/** Wraps work into one that answers with how many milliseconds passed. */
export function elapsed(work: () => unknown): () => Promise<number> {
  return async () => {
    const start = performance.now();
    await work();
    return performance.now() - start;
  };
}

/** Wraps work into one that answers with how many milliseconds of the processor this process took for it. */
export function processorTime(work: () => unknown): () => Promise<number> {
  return async () => {
    const start = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  };
}
