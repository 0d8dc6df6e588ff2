import { computed, onBeforeUnmount, type Ref, shallowRef } from 'vue';

const open = shallowRef<HTMLDialogElement>();

/** The modal dialog that is open. All else on the page is inert then, so what is to be read or pressed goes into it. */
export const openModal = computed(() => open.value);

/** @returns opens a dialog of the calling component as a modal one */
export function useModal(dialog: Readonly<Ref<HTMLDialogElement | null>>): () => void {
  let own: HTMLDialogElement | undefined;
  const leave = () => {
    if (open.value === own) open.value = undefined;
  };
  // A dialog that is taken away while it is open is never told that it closes.
  onBeforeUnmount(leave);
  return () => {
    if (!dialog.value) return;
    own = dialog.value;
    own.showModal();
    open.value = own;
    own.addEventListener('close', leave, { once: true });
  };
}
