/** Columns as wide as their widest cell; those in `rightAligned` end flush. */
export function aligned(rows: readonly (readonly string[])[], rightAligned: readonly number[] = []): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const cells = (row: readonly string[]) =>
    row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return rightAligned.includes(column) ? cell.padStart(width) : cell.padEnd(width);
    });
  return rows.map((row) => cells(row).join('  ').trimEnd());
}

/** {@link aligned} rows of which the first is the header, with a line beneath it. */
export function underlined(rows: readonly (readonly string[])[], rightAligned: readonly number[] = []): string {
  const [head = '', ...body] = aligned(rows, rightAligned);
  return [head, '-'.repeat(Math.max(...[head, ...body].map(({ length }) => length))), ...body].join('\n');
}
