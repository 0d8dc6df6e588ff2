import { deleteFromAws } from './aws.ts';
import { Failure } from './failure.ts';
import type { Instance } from './instance.ts';
import { step } from './progress.ts';
import { deleteRetained } from './retained.ts';
import { mustBeDeleted, Stacks } from './stacks.ts';
import type { Target } from './target.ts';
import { consumedPaths, deployConfig, environmentOf, publishedPaths, readServices, type Service } from './templates.ts';
import { alone, selectServices } from './up.ts';
import { waitUntilIdle } from './workflows.ts';

/**
 * Deletes the stack of a service, or of all services, last deployed first. Deleting a state machine ends its runs: a
 * workflow that is deleted alone must not be the active one, and its last runs are waited for.
 *
 * @throws Failure when what is deployed uses the service, it is the active workflow, or its runs do not end
 */
export async function deleteServices(target: Target, only: string | undefined): Promise<void> {
  const services = selectServices(only);
  const { instance, stage } = target;
  const stacks = new Stacks(target.config);
  if (only?.startsWith('workflow-'))
    await step(`wait for the last runs of ${only}`, (tell) => waitUntilIdle(target, only, tell));
  const work = async (): Promise<void> => {
    await requireUnused(target, stacks, services);
    await (instance ? deleteLocally(instance, stacks, services) : deleteFromAws(services, stage));
  };
  await (instance ? alone(instance, work) : work());
}

async function deleteLocally(instance: Instance, stacks: Stacks, services: Service[]): Promise<void> {
  for (const service of services.toReversed()) {
    const { stackName } = deployConfig(service, 'local');
    await step(
      `delete ${service.name}`,
      async () => {
        const stack = await stacks.find(stackName);
        if (!stack) return false;
        // A stack that was never complete retains nothing.
        if (!mustBeDeleted(stack.StackStatus)) await deleteRetained(instance, stacks, stackName);
        await stacks.delete(stackName);
        return true;
      },
      (wasThere) => (wasThere ? '' : 'it was not deployed'),
    );
  }
}

/**
 * What is deployed keeps the names it was deployed with: it would not find the same service deployed anew. Nor would a
 * subscription come back with a topic of the same name, for CloudFormation sees nothing that has changed.
 */
async function requireUnused(target: Target, stacks: Stacks, services: Service[]): Promise<void> {
  const published = services.flatMap(({ template }) => publishedPaths(template));
  const users = readServices().filter(
    ({ name, template }) =>
      !services.some((service) => service.name === name) &&
      consumedPaths(template).some((path) => published.includes(path)),
  );
  const found = await Promise.all(
    users.map((user) => stacks.find(deployConfig(user, environmentOf(target.stage)).stackName)),
  );
  const names = users.filter((_user, index) => found[index]).map(({ name }) => name);
  if (names.length === 0) return;
  throw new Failure(
    `${services.map(({ name }) => name).join(', ')} is used by what is deployed: ${names.join(', ')}.`,
    {
      advice: `Delete these first, or everything: ${target.command('delete')}`,
    },
  );
}
