const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const frameMs = 100;
const heartbeatMs = 15_000;
const out = process.stderr;
const running = new Set<{ label: string; startedAt: number; news: string }>();
let timer: NodeJS.Timeout | undefined;
let frame = 0;

const seconds = (startedAt: number): string => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;

function line(text: string): void {
  out.write(out.isTTY ? `\r\u001b[K${text}\n` : `${text}\n`);
}

function tick(): void {
  const steps = [...running]
    .map(({ label, startedAt, news }) => `${label}${news ? `: ${news}` : ''} ${seconds(startedAt)}`)
    .join(' · ');
  if (!out.isTTY) {
    line(`  ... ${steps}`);
    return;
  }
  frame = (frame + 1) % frames.length;
  out.write(`\r\u001b[K${`${frames[frame]} ${steps}`.slice(0, (out.columns || 120) - 1)}`);
}

function watch(): void {
  if (running.size > 0) timer ??= setInterval(tick, out.isTTY ? frameMs : heartbeatMs).unref();
  else {
    clearInterval(timer);
    timer = undefined;
  }
}

/**
 * Runs one step and reports it on stderr as a line with the seconds it took. Steps may overlap. On a terminal the running
 * ones are shown live; elsewhere a line every 15 s shows that something goes on.
 *
 * @param work is given a function that takes how far it has come, shown while it goes on
 * @param outcome may return a word on the result, added to the line
 */
export async function step<T>(
  label: string,
  work: (tell: (news: string) => void) => Promise<T>,
  outcome?: (result: T) => string,
): Promise<T> {
  const startedAt = performance.now();
  const entry = { label, startedAt, news: '' };
  running.add(entry);
  watch();
  try {
    const result = await work((news) => {
      entry.news = news;
    });
    const note = outcome?.(result);
    line(`✓ ${label}${note ? `: ${note}` : ''} (${seconds(startedAt)})`);
    return result;
  } catch (error) {
    line(`✗ ${label} (${seconds(startedAt)})`);
    throw error;
  } finally {
    running.delete(entry);
    watch();
  }
}

/** One line of news on stderr. */
export function say(text: string): void {
  line(text);
}
