import { readonly, ref, shallowReactive } from 'vue';

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
  readonly dismiss: () => void;
}

const shown = shallowReactive<Notification[]>([]);
const spoken = ref('');
const most = 3;
const readableMs = 6_000;
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
  shown.push({ ...options, id, dismiss });
  if (shown.length > most) shown.splice(0, shown.length - most);
  announce(options.message);
  // What asks for a decision waits for it (WCAG 2.2.1).
  const timeoutMs = options.timeoutMs ?? (options.action ? 0 : readableMs);
  if (timeoutMs > 0) setTimeout(dismiss, timeoutMs);
  return dismiss;
}

/** What is said at this very moment: only what the region holds after it is read. */
let atOnce: string[] = [];

/** Has screen readers say something, through the page's one polite live region. */
export function announce(message: string): void {
  if (atOnce.length === 0) {
    setTimeout(() => {
      atOnce = [];
    });
  }
  const isRepeated = atOnce.length === 0 && message === spoken.value;
  atOnce.push(message);
  // The same words again are only read if the region changes.
  spoken.value = isRepeated ? `${message}\u00a0` : atOnce.join(' ');
}

/** For the component that shows them. */
export const notifications = shown;
export const announcement = readonly(spoken);
