import { type Component, defineAsyncComponent } from 'vue';

/** A component whose code is loaded when it is shown, and asked for again, later and later, until a bad network lets it through. */
export const patientComponent = <C extends Component>(loader: () => Promise<{ default: C }>) =>
  defineAsyncComponent<C>({
    loader: async () => (await loader()).default,
    onError: (_error, retry, _fail, attempts) => void setTimeout(retry, Math.min(30_000, 1000 * attempts)),
  });
