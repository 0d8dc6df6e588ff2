import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { withoutMake } from './clients.ts';
import { root } from './paths.ts';
import { step } from './progress.ts';
import { pythonOf } from './python.ts';
import { run } from './run.ts';
import { allSettled } from './settled.ts';
import { readServices } from './templates.ts';

/** Runs `sam validate --lint` on every template of the repository. */
export async function validate(): Promise<void> {
  const python = await pythonOf('sam');
  const rootTemplate = join(root, 'template-root.yaml');
  const templates = readServices().map(({ folder }) => join(folder, 'template.yaml'));
  if (existsSync(rootTemplate)) templates.push(rootTemplate);
  // Linting looks nothing up, but the SAM CLI wants a region.
  const env = {
    ...withoutMake(process.env),
    AWS_DEFAULT_REGION: process.env['AWS_DEFAULT_REGION'] ?? 'eu-west-1',
    SAM_CLI_TELEMETRY: '0',
  };
  await allSettled(
    templates.map((template) => {
      const name = template.slice(root.length + 1);
      const args = ['-m', 'samcli', 'validate', '--lint', '--template-file', template];
      return step(`validate ${name}`, () => run({ command: python, args, cwd: root, env }, `${name} is not valid.`));
    }),
  );
}
