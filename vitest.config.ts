import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';
import { TotalsReporter } from './tests/totals-reporter.ts';

const onEngine = { globalSetup: ['tests/engine-setup.ts'], testTimeout: 60_000, hookTimeout: 60_000 };

/** Layers of the suite. Everything but `engine`, `browser` and `swap` runs without a network and without the local engine. */
export default defineConfig({
  test: {
    reporters: ['default', new TotalsReporter()],
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            '{services,shared}/*/tests/{unit,contract}/**/*.test.ts',
            '{local,tools,bench}/tests/**/*.test.ts',
            'local/ai/tests/unit/**/*.test.ts',
          ],
          exclude: ['services/frontend/**'],
        },
      },
      {
        plugins: [vue()],
        test: {
          name: 'frontend',
          include: ['services/frontend/tests/**/*.test.ts'],
          environment: 'happy-dom',
          setupFiles: ['services/frontend/tests/setup.ts'],
        },
      },
      { test: { name: 'ai', include: ['local/ai/tests/models/**/*.test.ts'], testTimeout: 60_000 } },
      { test: { name: 'template', include: ['tests/{template,contract}/**/*.test.ts'] } },
      { test: { name: 'artifact', include: ['tests/artifact/**/*.test.ts'], testTimeout: 60_000 } },
      { test: { ...onEngine, name: 'engine', include: ['tests/{statemachine,e2e,faults}/**/*.test.ts'] } },
      {
        test: {
          ...onEngine,
          name: 'browser',
          include: ['tests/browser/**/*.test.ts'],
          expect: { poll: { timeout: 15_000 } },
          // A browser needs the machine for itself, or what it measures says nothing: after all others, one after the other.
          sequence: { groupOrder: 1 },
          fileParallelism: false,
        },
      },
      {
        test: {
          ...onEngine,
          name: 'swap',
          include: ['tests/swap/**/*.test.ts'],
          // These switch the active workflow and delete stacks: after all others, and one after the other.
          sequence: { groupOrder: 2 },
          fileParallelism: false,
        },
      },
    ],
  },
});
