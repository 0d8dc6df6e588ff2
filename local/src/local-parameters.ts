import { CloudFrontClient, GetDistributionCommand } from '@aws-sdk/client-cloudfront';
import { clientConfig } from './clients.ts';
import { Failure } from './failure.ts';
import type { Instance } from './instance.ts';
import type { StackContext } from './intrinsics.ts';

type Resources = StackContext['resources'];

/**
 * Template parameters whose values are right on AWS by default and known on the engine only once the stack exists: there
 * CloudFront and the HTTP API answer on local names and paths, over plain HTTP.
 */
export const localParameters: Record<
  string,
  (instance: Instance, resources: Resources) => Promise<Record<string, string>>
> = {
  backend: async (instance, resources) => ({
    SiteOrigin: await distributionOrigin(instance, physicalId(resources, 'AWS::CloudFront::Distribution')),
    ApiOriginDomain: '127.0.0.1',
    ApiOriginPath: `/_aws/execute-api/${physicalId(resources, 'AWS::ApiGatewayV2::Api')}`,
    ApiOriginProtocolPolicy: 'http-only',
    ApiOriginHttpPort: String(instance.port),
  }),
};

function physicalId(resources: Resources, type: string): string {
  const [resource, ...others] = Object.values(resources).filter((candidate) => candidate.type === type);
  if (!resource || others.length > 0)
    throw new Failure(`The stack has ${others.length + (resource ? 1 : 0)} of ${type}, not one.`);
  return resource.physicalId;
}

/** The engine serves `<label>.cloudfront.net` at `<label>.cloudfront.localhost`, which browsers find on this machine. */
async function distributionOrigin(instance: Instance, Id: string): Promise<string> {
  const { Distribution } = await new CloudFrontClient(clientConfig(instance)).send(new GetDistributionCommand({ Id }));
  const [label] = Distribution?.DomainName?.split('.') ?? [];
  if (!label) throw new Failure(`Distribution ${Id} has no domain name.`);
  return `http://${label}.cloudfront.localhost:${instance.port}`;
}
