import { defineConfig } from 'vitest/config';
import { TotalsReporter } from './tests/totals-reporter.ts';

const onEngine = { globalSetup: ['tests/engine-setup.ts'], testTimeout: 60_000, hookTimeout: 60_000 };

/** Layers of the suite. Everything but `engine` and `swap` runs without a network and without the local engine. */
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
        },
      },
      { test: { name: 'ai', include: ['local/ai/tests/models/**/*.test.ts'], testTimeout: 60_000 } },
      { test: { name: 'template', include: ['tests/{template,contract}/**/*.test.ts'] } },
      { test: { name: 'artifact', include: ['tests/artifact/**/*.test.ts'], testTimeout: 60_000 } },
      { test: { ...onEngine, name: 'engine', include: ['tests/{statemachine,e2e,faults}/**/*.test.ts'] } },
      {
        test: {
          ...onEngine,
          name: 'swap',
          include: ['tests/swap/**/*.test.ts'],
          // These switch the active workflow and delete stacks: after all others, and one after the other.
          sequence: { groupOrder: 1 },
          fileParallelism: false,
        },
      },
    ],
  },
});
