import { getParameter } from '@aws-lambda-powertools/parameters/ssm';

/** How long a switch of the active workflow may go unnoticed by a warm function. */
const maxAgeSeconds = 5;

/** Name of the workflow that new photos are stamped with. */
export async function readActiveWorkflow(parameterName: string): Promise<string> {
  const workflow = await getParameter(parameterName, { maxAge: maxAgeSeconds });
  if (!workflow) throw new Error(`SSM parameter ${parameterName} does not name a workflow`);
  return workflow;
}
