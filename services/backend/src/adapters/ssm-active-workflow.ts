import { getParameter } from '@aws-lambda-powertools/parameters/ssm';
import { ParameterAlreadyExists, ParameterNotFound, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';

/** How long a switch of the active workflow may go unnoticed by a warm function. */
const maxAgeSeconds = 5;

/**
 * Name of the workflow that new photos are stamped with. The parameter belongs to whoever switches workflows, not to the
 * stack: CloudFormation would write its own value back whenever it touches the resource. The first reader creates it.
 */
export async function readActiveWorkflow(parameterName: string, initialWorkflow: string): Promise<string> {
  const workflow = await storedWorkflow(parameterName);
  if (workflow) return workflow;
  try {
    const create = { Name: parameterName, Value: initialWorkflow, Type: 'String' } as const;
    await new SSMClient({}).send(new PutParameterCommand(create));
    return initialWorkflow;
  } catch (error) {
    if (!(error instanceof ParameterAlreadyExists)) throw error;
    return (await storedWorkflow(parameterName, true)) || initialWorkflow;
  }
}

async function storedWorkflow(parameterName: string, forceFetch = false): Promise<string | undefined> {
  try {
    return await getParameter(parameterName, { maxAge: maxAgeSeconds, forceFetch });
  } catch (error) {
    // Powertools wraps what the service said.
    if (error instanceof Error && error.cause instanceof ParameterNotFound) return undefined;
    throw error;
  }
}
