/** A failure the user can do something about: shown without a stack trace, the advice on a line of its own. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly advice: string | undefined;
  /** The last useful lines of a tool's output. */
  readonly output: string | undefined;

  constructor(message: string, details: { advice?: string; output?: string; cause?: unknown } = {}) {
    super(message, { cause: details.cause });
    this.advice = details.advice;
    this.output = details.output;
  }
}

const fullDisk = /ENOSPC|No space left on device/;

/** What to print for any error: a Failure as it is, a full disk as such, everything else with its stack. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const output = error instanceof Failure ? error.output : undefined;
  if (fullDisk.test(`${error.message} ${output ?? ''}`)) {
    return 'The disk is full.\n  Free some space; `make clean` erases the state of the local engine, and .cache/ may go too.';
  }
  if (!(error instanceof Failure)) return error.stack ?? error.message;
  return [
    output
      ?.split('\n')
      .map((line) => `  | ${line}`)
      .join('\n'),
    error.message,
    error.advice && `  ${error.advice}`,
  ]
    .filter(Boolean)
    .join('\n');
}
