import { ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import { publishSite } from '../../tools/publish-site.ts';
import { samTool } from './build.ts';
import { withoutMake } from './clients.ts';
import { Failure } from './failure.ts';
import { say } from './progress.ts';
import { runInteractively } from './run.ts';
import { buildSite } from './site.ts';
import { deployConfig, environmentOf, type Service } from './templates.ts';
import { build } from './up.ts';

/** Deploys services to AWS, one after the other, with the credentials of the caller's environment. */
export async function deployToAws(services: Service[], stage: string): Promise<void> {
  const environment = environmentOf(stage);
  const region = await requireAws(stage);
  for (const service of services) deployConfig(service, environment);
  await build(services);
  for (const service of services) {
    say(`deploying ${service.name} (${stage}) to AWS`);
    await sam(service, region, ['deploy', '--config-env', environment]);
  }
}

/** Deletes the stacks of services from AWS, last deployed first; SAM asks before each. */
export async function deleteFromAws(services: Service[], stage: string): Promise<void> {
  const region = await requireAws(stage);
  for (const service of services.toReversed()) {
    const { stackName } = deployConfig(service, environmentOf(stage));
    await sam(service, region, ['delete', '--stack-name', stackName]);
  }
}

/** Builds the page and publishes it to the site bucket of a stage on AWS. */
export async function publishToAws(stage: string): Promise<void> {
  const region = await requireAws(stage);
  await buildSite();
  try {
    const uploaded = await publishSite(stage, { region });
    say(uploaded.length > 0 ? `published ${uploaded.join(', ')}` : 'the page is up to date');
  } catch (cause) {
    if (cause instanceof ParameterNotFound) {
      const advice = `Run: make deploy SERVICE=backend STAGE=${stage}`;
      throw new Failure(`Stage ${stage} is not deployed in ${region}.`, { advice, cause });
    }
    if (!(cause instanceof Error && '$metadata' in cause)) throw cause;
    throw new Failure(`The page could not be published: ${cause.message}`, { cause });
  }
}

/**
 * Checks that there is a region and something that looks like credentials, before anything is built.
 *
 * @returns the region: of AWS_REGION, AWS_DEFAULT_REGION or the profile
 * @throws Failure saying what to set
 */
export async function requireAws(stage: string, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  if (stage === 'local') throw new Failure('Stage local is the local engine.', { advice: 'Run: make up' });
  const given = env['AWS_REGION'] || env['AWS_DEFAULT_REGION'];
  const { config } = new SSMClient(given ? { region: given } : {});
  const region = await config.region().catch((cause: unknown) => {
    throw new Failure('No AWS region is set.', { advice: 'Set AWS_REGION, or a region in the AWS_PROFILE.', cause });
  });
  await config.credentials().catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Failure(`There are no AWS credentials: ${reason.replace(/\.$/, '')}.`, {
      advice: 'Set AWS_PROFILE (log in first: aws sso login), or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
      cause,
    });
  });
  return region;
}

async function sam(service: Service, region: string, args: string[]): Promise<void> {
  const env = { ...withoutMake(process.env), AWS_REGION: region, AWS_DEFAULT_REGION: region };
  const code = await runInteractively(await samTool(service, args, env));
  if (code !== 0) throw new Failure(`sam ${args[0]} failed for services/${service.name}.`);
}
