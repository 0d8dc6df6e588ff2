import { t } from '../i18n/i18n.ts';
import type { NotificationOptions } from '../notifications.ts';
import type { Clock } from '../realtime/clock.ts';
import type { UploadItem, UploadTotals } from './upload-item.ts';
import { problemText } from './upload-texts.ts';

export interface UploadNewsPorts {
  readonly clock: Clock;
  readonly notify: (options: NotificationOptions) => void;
  /** Has screen readers say something. */
  readonly announce: (message: string) => void;
  readonly showPlace: (placeId: string) => void;
  /** Whether that is what is shown already. */
  readonly showsPlace: (placeId: string) => boolean;
}

/** What ends within this time is told together: twenty photos are not twenty messages. */
const gatherMs = 400;

/** How often it is said how far the uploads are. */
const sayEveryMs = 15_000;

/** Tells what becomes of uploads, in as few words as it can. */
export class UploadNews {
  readonly #ports: UploadNewsPorts;
  #ended: UploadItem[] = [];
  #open = 0;
  #arrived = 0;
  #isQuiet = false;

  constructor(ports: UploadNewsPorts) {
    this.#ports = ports;
  }

  /** An upload has come to its end. */
  ended(item: UploadItem): void {
    this.#ended.push(item);
    if (this.#ended.length === 1) this.#ports.clock.after(gatherMs, () => this.#tell());
  }

  /** Says when uploads begin, and now and then how far they are. Their end is told anyway. */
  progressed({ open, arrived, total }: UploadTotals): void {
    const hasBegun = this.#open === 0 && open > 0;
    const hasMoved = open > 0 && arrived > this.#arrived;
    this.#open = open;
    if (this.#isQuiet || !(hasBegun || hasMoved)) return;
    this.#arrived = arrived;
    this.#isQuiet = true;
    this.#ports.clock.after(sayEveryMs, () => {
      this.#isQuiet = false;
    });
    this.#ports.announce(
      hasBegun ? t('upload.said.started', { count: open }) : t('upload.said.progress', { arrived, total }),
    );
  }

  #tell(): void {
    const groups = Map.groupBy(this.#ended, (item) =>
      item.state === 'published' ? `published ${item.placeId}` : `${item.state} ${reasonOf(item)}`,
    );
    this.#ended = [];
    for (const items of groups.values()) this.#tellGroup(items);
  }

  #tellGroup(items: readonly UploadItem[]): void {
    const [first] = items;
    if (!first) return;
    const { notify, showPlace, showsPlace } = this.#ports;
    const count = items.length;
    const name = first.fileName;
    if (first.state === 'published') {
      const message = count === 1 ? t('upload.told.published', { name }) : t('upload.told.publishedMany', { count });
      const action = showsPlace(first.placeId)
        ? { label: t('upload.confirm'), run: () => {} }
        : { label: t('upload.show'), run: () => showPlace(first.placeId) };
      notify({ message, tone: 'success', action });
      return;
    }
    const reason = reasonOf(first);
    const kind = first.state === 'refused' ? 'refused' : 'failed';
    const message =
      count === 1 ? t(`upload.told.${kind}`, { name, reason }) : t(`upload.told.${kind}Many`, { count, reason });
    // It asks for something to be done: it stays until it was read.
    notify({ message, tone: 'warning', timeoutMs: 0 });
  }
}

const reasonOf = ({ problem }: UploadItem): string => (problem ? problemText(problem) : '');
