import { samTool } from './build.ts';
import { withoutMake } from './clients.ts';
import { Failure } from './failure.ts';
import { say } from './progress.ts';
import { runInteractively } from './run.ts';
import { deployConfig, type Service } from './templates.ts';
import { build } from './up.ts';

/** samconfig.toml's environment of a stage; `dev` is the default one. */
const environmentOf = (stage: string): string => (stage === 'dev' ? 'default' : stage);

/** Deploys services to AWS, one after the other, with the credentials of the caller's environment. */
export async function deployToAws(services: Service[], stage: string): Promise<void> {
  if (stage === 'local') throw new Failure('Stage local is the local engine.', { advice: 'Run: make up' });
  const environment = environmentOf(stage);
  for (const service of services) deployConfig(service, environment);
  await build(services);
  for (const service of services) {
    say(`deploying ${service.name} (${stage}) to AWS`);
    await sam(service, ['deploy', '--config-env', environment]);
  }
}

/** Deletes the stacks of services from AWS, last deployed first; SAM asks before each. */
export async function deleteFromAws(services: Service[], stage: string): Promise<void> {
  for (const service of services.toReversed()) {
    const { stackName } = deployConfig(service, environmentOf(stage));
    await sam(service, ['delete', '--stack-name', stackName]);
  }
}

async function sam(service: Service, args: string[]): Promise<void> {
  const code = await runInteractively(await samTool(service, args, withoutMake(process.env)));
  if (code !== 0) throw new Failure(`sam ${args[0]} failed for services/${service.name}.`);
}
