import { setTimeout as sleep } from 'node:timers/promises';
import {
  CloudFormationClient,
  DeleteStackCommand,
  DescribeStacksCommand,
  GetTemplateCommand,
  paginateListStackResources,
  type Stack,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import type { ClientConfig } from './clients.ts';
import { Failure } from './failure.ts';
import type { StackContext } from './intrinsics.ts';
import type { Template } from './templates.ts';

const pollMs = 100;
const timeoutMs = 120_000;

/** States that an interrupted or failed first deployment leaves; CloudFormation takes no update in any of them. */
const unusable = new Set([
  'CREATE_IN_PROGRESS',
  'CREATE_FAILED',
  'DELETE_FAILED',
  'REVIEW_IN_PROGRESS',
  'ROLLBACK_COMPLETE',
  'ROLLBACK_FAILED',
  'ROLLBACK_IN_PROGRESS',
]);

/** True for a stack that can only be deleted. */
export function mustBeDeleted(status: string | undefined): boolean {
  return unusable.has(status ?? '');
}

/** CloudFormation on the engine or on AWS, by stack name. */
export class Stacks {
  readonly #client: CloudFormationClient;

  constructor(config: ClientConfig | { region: string }) {
    this.#client = new CloudFormationClient(config);
  }

  /** The stack, or undefined when there is none. */
  async find(name: string): Promise<Stack | undefined> {
    try {
      const { Stacks: [stack] = [] } = await this.#client.send(new DescribeStacksCommand({ StackName: name }));
      return stack?.StackStatus === 'DELETE_COMPLETE' ? undefined : stack;
    } catch (error) {
      if (error instanceof Error && error.message.includes('does not exist')) return undefined;
      throw error;
    }
  }

  async delete(name: string): Promise<void> {
    await this.#client.send(new DeleteStackCommand({ StackName: name }));
    await this.#settled(name);
  }

  /** Changes some parameters of a stack, nothing else. */
  async changeParameters(stack: Stack, changes: Record<string, string>): Promise<void> {
    const name = stack.StackName ?? '';
    await this.#client.send(
      new UpdateStackCommand({
        StackName: name,
        UsePreviousTemplate: true,
        Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_AUTO_EXPAND'],
        Parameters: (stack.Parameters ?? []).map(({ ParameterKey: key = '' }) => {
          const value = changes[key];
          return value === undefined
            ? { ParameterKey: key, UsePreviousValue: true }
            : { ParameterKey: key, ParameterValue: value };
        }),
        Tags: stack.Tags ?? [],
      }),
    );
    await this.#settled(name);
  }

  async #settled(name: string): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    let stack = await this.find(name);
    while (stack?.StackStatus?.endsWith('_IN_PROGRESS')) {
      if (performance.now() > deadline)
        throw new Failure(`Stack ${name} is still ${stack.StackStatus} after two minutes.`);
      await sleep(pollMs);
      stack = await this.find(name);
    }
    if (stack && !/^(CREATE|UPDATE)_COMPLETE$/.test(stack.StackStatus ?? '')) {
      throw new Failure(`Stack ${name} is ${stack.StackStatus}: ${stack.StackStatusReason}`);
    }
  }

  /** The physical resources of a stack, by logical id. */
  async resources(name: string): Promise<StackContext['resources']> {
    const resources: StackContext['resources'] = {};
    for await (const page of paginateListStackResources({ client: this.#client }, { StackName: name })) {
      for (const {
        LogicalResourceId: id,
        ResourceType: type = '',
        PhysicalResourceId: physicalId = '',
      } of page.StackResourceSummaries ?? []) {
        if (id) resources[id] = { type, physicalId };
      }
    }
    return resources;
  }

  /** A deployed stack's template after SAM's transformation, and what resolves its intrinsic functions. */
  async describe(name: string): Promise<{ template: Template; context: StackContext }> {
    const [stack, resources, { TemplateBody }] = await Promise.all([
      this.find(name),
      this.resources(name),
      this.#client.send(new GetTemplateCommand({ StackName: name, TemplateStage: 'Processed' })),
    ]);
    if (!stack?.StackId || !TemplateBody)
      throw new Failure(`Stack ${name} is not deployed.`, { advice: 'Run: make up' });
    const template = JSON.parse(TemplateBody) as Template;
    const parameters = (stack.Parameters ?? []).map(
      ({ ParameterKey, ParameterValue, ResolvedValue }) => [ParameterKey, ResolvedValue ?? ParameterValue] as const,
    );
    return {
      template,
      context: {
        stackName: name,
        stackId: stack.StackId,
        parameters: Object.fromEntries(parameters),
        resources,
        conditions: template.Conditions ?? {},
        definitions: template.Resources,
      },
    };
  }
}
