import { nextTick, reactive, ref, useTemplateRef } from 'vue';
import { problemText } from './problem-text.ts';

type Problems = Record<string, string | undefined>;

/**
 * What every form here does: it is sent once at a time, says what is wrong beside the field or above the button, and takes
 * the focus there. The component's form has `ref="form"`.
 *
 * @param fieldProblems tells which fields an error is about, by their names; an empty answer means the form as a whole
 */
export function useForm(fieldProblems: (error: unknown) => Problems = () => ({})) {
  const form = useTemplateRef<HTMLFormElement>('form');
  const sending = ref(false);
  const problem = ref('');
  const problems = reactive<Problems>({});

  async function show(found: Problems, message: string): Promise<void> {
    for (const field of Object.keys(problems)) delete problems[field];
    Object.assign(problems, found);
    const inputs = [...(form.value?.querySelectorAll<HTMLInputElement>('[name]') ?? [])];
    const wrong = inputs.find(({ name }) => found[name] !== undefined);
    // A problem of a field that is not in the form would go unseen.
    problem.value = wrong ? '' : message;
    await nextTick();
    wrong?.focus();
  }

  return {
    sending,
    /** About the form as a whole. */
    problem,
    /** By field. */
    problems,
    /** @returns whether it worked */
    async send(work: () => Promise<void>): Promise<boolean> {
      if (sending.value) return false;
      sending.value = true;
      try {
        await work();
        await show({}, '');
        return true;
      } catch (error) {
        await show(fieldProblems(error), problemText(error));
        return false;
      } finally {
        sending.value = false;
      }
    },
    refuse: show,
  };
}
