import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { workflowFiles } from '../../tools/workflow-graph.ts';

const root = join(import.meta.dirname, '../..');

test.each([...workflowFiles(root)])('%s shows the state machines as they are', (path, text) => {
  const isUpToDate = readFileSync(join(root, path), 'utf8') === text;
  expect(isUpToDate, `${path} is not what the state machines say: run make workflow-graph`).toBe(true);
});
