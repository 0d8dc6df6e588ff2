/**
 * The address that was typed on the page before. It travels in the history's entry: a URL would leave it in the browser's
 * list of visited pages, in what people share, and in logs.
 */
export function typedEmail(): string {
  const { email }: { email?: unknown } = history.state ?? {};
  return typeof email === 'string' ? email : '';
}
