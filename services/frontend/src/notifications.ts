import { shallowReactive } from 'vue';

export interface NotificationOptions {
  readonly message: string;
  readonly tone?: 'info' | 'success' | 'warning';
  /** A button; the snackbar then stays until it is pressed or dismissed. */
  readonly action?: { readonly label: string; readonly run: () => void } | undefined;
  /** Milliseconds until it goes by itself; 0 stays. */
  readonly timeoutMs?: number;
}

export interface Notification extends NotificationOptions {
  readonly id: number;
  readonly timeoutMs: number;
  readonly dismiss: () => void;
}

export interface Announcement {
  readonly id: number;
  readonly message: string;
}

const shown = shallowReactive<Notification[]>([]);
const said = shallowReactive<Announcement[]>([]);
const most = 3;
const readableMs = 6_000;
/** Screen readers take a message when it comes; it stays a while for those that are busy, or go and look. */
const saidMs = 10_000;
let nextId = 1;

/**
 * Shows a snackbar and has screen readers say it.
 *
 * @returns takes it away again
 */
export function notify(options: NotificationOptions): () => void {
  const id = nextId++;
  const dismiss = () => {
    const index = shown.findIndex((each) => each.id === id);
    if (index >= 0) shown.splice(index, 1);
  };
  // What asks for a decision waits for it (WCAG 2.2.1).
  const timeoutMs = options.timeoutMs ?? (options.action ? 0 : readableMs);
  shown.push({ ...options, id, timeoutMs, dismiss });
  // The newest is to be seen; what waits for an answer never gives way, for nothing else may tell of it again.
  if (shown.length > most) shown.find((each) => each.id !== id && each.timeoutMs > 0)?.dismiss();
  announce(options.message);
  if (timeoutMs > 0) setTimeout(dismiss, timeoutMs);
  return dismiss;
}

/**
 * Has screen readers say something, through the polite live region of messages. Each message is an element of its own
 * there, so that none replaces another that is still waiting to be read, and the same words are read again.
 */
export function announce(message: string): void {
  const id = nextId++;
  said.push({ id, message });
  setTimeout(() => {
    said.splice(
      said.findIndex((each) => each.id === id),
      1,
    );
  }, saidMs);
}

/** For the component that shows them. */
export const notifications: readonly Notification[] = shown;
export const announcements: readonly Announcement[] = said;
