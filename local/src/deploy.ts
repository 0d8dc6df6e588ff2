import { createHash } from 'node:crypto';
import type { Stack } from '@aws-sdk/client-cloudformation';
import { type BucketLocationConstraint, CreateBucketCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { samTool } from './build.ts';
import { clientConfig, samEnvironment } from './clients.ts';
import { Failure } from './failure.ts';
import type { Instance } from './instance.ts';
import { localParameters } from './local-parameters.ts';
import { reconcile } from './reconcile.ts';
import { run } from './run.ts';
import { mustBeDeleted, Stacks } from './stacks.ts';
import { deployConfig, type Service } from './templates.ts';

const inputsTag = 'happy-path:inputs';
/** Where samconfig.toml's environment `local` has the artifacts uploaded. */
const artifactsBucket = 'happy-path-artifacts';

/** Makes the bucket that `sam deploy` uploads to. */
export async function ensureArtifactsBucket(instance: Instance): Promise<void> {
  const client = new S3Client({ ...clientConfig(instance), forcePathStyle: true });
  try {
    await client.send(new HeadBucketCommand({ Bucket: artifactsBucket }));
  } catch {
    const LocationConstraint = instance.region as BucketLocationConstraint;
    const CreateBucketConfiguration = instance.region === 'us-east-1' ? undefined : { LocationConstraint };
    await client.send(new CreateBucketCommand({ Bucket: artifactsBucket, CreateBucketConfiguration }));
  }
}

/** Identifies a deployment: the built artifacts and the parameters given in samconfig.toml. */
function deploymentId(buildHash: string, parameters: Record<string, string>): string {
  return createHash('sha256')
    .update(JSON.stringify([buildHash, Object.entries(parameters).sort()]))
    .digest('hex');
}

function isDeployed(stack: Stack | undefined, id: string): boolean {
  const complete = /^(CREATE|UPDATE)_COMPLETE$/.test(stack?.StackStatus ?? '');
  return complete && (stack?.Tags ?? []).some(({ Key, Value }) => Key === inputsTag && Value === id);
}

/**
 * Brings a built service to the engine with `sam deploy`, unless the stack there is of these inputs; then sets the
 * parameters only known from the deployed stack, and what the engine's CloudFormation ignores.
 *
 * @returns whether anything had to be deployed
 */
export async function deployService(instance: Instance, service: Service, buildHash: string): Promise<boolean> {
  const stacks = new Stacks(clientConfig(instance));
  const { stackName, parameters } = deployConfig(service, 'local');
  const id = deploymentId(buildHash, parameters);
  let stack = await stacks.find(stackName);
  if (mustBeDeleted(stack?.StackStatus)) {
    await stacks.delete(stackName);
    stack = undefined;
  }
  const upToDate = isDeployed(stack, id);
  if (!upToDate) {
    const known = stack ? await computedParameters(instance, service, stacks, stackName) : {};
    await samDeploy(instance, service, { ...parameters, ...known }, id);
  }
  const changed = await applyComputedParameters(instance, service, stacks, stackName);
  await reconcile(instance, stacks, stackName);
  return !upToDate || changed;
}

async function samDeploy(
  instance: Instance,
  service: Service,
  parameters: Record<string, string>,
  id: string,
): Promise<void> {
  const overrides = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
  const args = [
    'deploy',
    '--config-env',
    'local',
    '--no-confirm-changeset',
    '--no-fail-on-empty-changeset',
    '--no-progressbar',
  ];
  const tool = await samTool(
    service,
    [...args, '--region', instance.region, '--tags', `${inputsTag}=${id}`, '--parameter-overrides', ...overrides],
    samEnvironment(instance, process.env),
  );
  await run(tool, `sam deploy failed for services/${service.name}.`);
}

async function computedParameters(
  instance: Instance,
  service: Service,
  stacks: Stacks,
  stackName: string,
): Promise<Record<string, string>> {
  const compute = localParameters[service.name];
  return compute ? compute(instance, await stacks.resources(stackName)) : {};
}

async function applyComputedParameters(
  instance: Instance,
  service: Service,
  stacks: Stacks,
  stackName: string,
): Promise<boolean> {
  const wanted = await computedParameters(instance, service, stacks, stackName);
  const stack = await stacks.find(stackName);
  if (!stack) throw new Failure(`Stack ${stackName} vanished while it was deployed.`);
  const actual = new Map(
    (stack.Parameters ?? []).map(({ ParameterKey, ParameterValue }) => [ParameterKey, ParameterValue]),
  );
  const isCurrent = Object.entries(wanted).every(([name, value]) => actual.get(name) === value);
  if (!isCurrent) await stacks.changeParameters(stack, wanted);
  return !isCurrent;
}
