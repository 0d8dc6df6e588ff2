import { computed, effectScope, readonly, ref, shallowRef, watch } from 'vue';
import { announce, notify } from '../notifications.ts';
import { systemClock } from '../realtime/clock.ts';
import { onConnected, onPhotoOutcome } from '../realtime/realtime.ts';
import { router } from '../router.ts';
import { runtimeConfig } from '../runtime-config.ts';
import { useSession } from '../session/session.ts';
import { httpUploadApi } from './http-upload-api.ts';
import { idbUploadStorage } from './idb-upload-storage.ts';
import { type DeskChannel, type HoldLock, UploadDesk } from './upload-desk.ts';
import { isFinal, totalsOf, type UploadView } from './upload-item.ts';
import { UploadNews } from './upload-news.ts';
import type { Network } from './upload-ports.ts';
import { UploadQueue } from './upload-queue.ts';
import { xhrTransport } from './xhr-transport.ts';

/** When the API does not know a session that this page believes in, it is asked again this much later. */
const resumeAfterMs = 30_000;

const network: Network = {
  isOnline: () => navigator.onLine,
  onChange: (callback) => {
    addEventListener('online', callback);
    addEventListener('offline', callback);
    return () => {
      removeEventListener('online', callback);
      removeEventListener('offline', callback);
    };
  },
};

/** The browser gives the lock to the next tab when this one is closed, crashes included. */
const holdLock: HoldLock = async (name, signal, work) => {
  try {
    await navigator.locks.request(name, { signal }, work);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
};

function broadcast(): DeskChannel {
  const channel = new BroadcastChannel('happy-path-uploads');
  return {
    post: (message) => channel.postMessage(message),
    onMessage: (callback) => channel.addEventListener('message', ({ data }) => callback(data)),
  };
}

function start() {
  const { user } = useSession();
  const items = shallowRef<readonly UploadView[]>([]);
  const waitingForSignIn = ref(0);
  const totals = computed(() => totalsOf(items.value));
  const storage = idbUploadStorage(systemClock.now);
  const rules = runtimeConfig().upload;
  const news = new UploadNews({
    clock: systemClock,
    notify,
    announce,
    showPlace: (id) => void router.push({ name: 'place', params: { id } }),
    showsPlace: (id) => router.currentRoute.value.name === 'place' && router.currentRoute.value.params['id'] === id,
  });

  const desk = new UploadDesk({
    storage,
    holdLock,
    rules,
    channel: broadcast(),
    now: systemClock.now,
    newId: () => crypto.randomUUID(),
    makeQueue: (owner, tell) =>
      new UploadQueue(owner, {
        ...tell,
        storage,
        rules,
        network,
        api: httpUploadApi(systemClock.now),
        transport: xhrTransport,
        feed: { onOutcome: onPhotoOutcome, onReconnected: onConnected },
        clock: systemClock,
        random: Math.random,
        onSignedOut: () => setTimeout(() => desk.serve(user.value?.sub), resumeAfterMs),
      }),
    onChange: (views) => {
      items.value = views;
    },
    onEnd: (item) => news.ended(item),
  });

  async function follow(sub: string | undefined): Promise<void> {
    desk.serve(sub);
    waitingForSignIn.value = 0;
    if (sub !== undefined) return;
    const count = await storage.countOpen();
    if (user.value === undefined) waitingForSignIn.value = count;
  }
  watch(() => user.value?.sub, follow, { immediate: true });
  watch(totals, (now) => news.progressed(now));

  return {
    /** Everything of the signed-in person that is on its way, or has ended and was not dismissed. */
    items: readonly(items),
    totals,
    /** How many photos of somebody wait for that person to sign in; 0 while somebody is signed in. */
    waitingForSignIn: readonly(waitingForSignIn),
    /** Queues photos of a place, in the order given. */
    add: (placeId: string, files: Iterable<File>): Promise<void> =>
      desk.add(
        placeId,
        Array.from(files, (file) => ({ name: file.name, file })),
      ),
    cancel: (id: string): void => desk.cancel(id),
    retry: (id: string): void => desk.retry(id),
    dismiss: (id: string): void => desk.dismiss(id),
    /** Takes everything that has ended off the list. */
    clear: (): void => {
      for (const item of items.value) if (isFinal(item)) desk.dismiss(item.id);
    },
    /** Leaves nothing on this device of a person whose account is gone. */
    forget: (): Promise<void> => desk.forget(),
  };
}

type Uploads = ReturnType<typeof start>;

let uploads: Uploads | undefined;

/** The one queue of this page. It begins to work, on what is stored, when this is first called. */
export function useUploads(): Uploads {
  uploads ??= effectScope(true).run(start) as Uploads;
  return uploads;
}
