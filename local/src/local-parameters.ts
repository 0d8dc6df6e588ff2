import { CloudFrontClient, GetDistributionCommand } from '@aws-sdk/client-cloudfront';
import { DescribeEndpointCommand, IoTClient } from '@aws-sdk/client-iot';
import { clientConfig } from './clients.ts';
import { Failure } from './failure.ts';
import type { Instance } from './instance.ts';
import type { StackContext } from './intrinsics.ts';

type Resources = StackContext['resources'];

/** The page of `make dev`, on Vite's own port. */
const devPageOrigin = 'http://localhost:5173';

/**
 * Template parameters whose values are right on AWS by default and known on the engine only once the stack exists: there
 * CloudFront and the HTTP API answer on local names and paths, over plain HTTP, and browsers find the services that they
 * call themselves at the engine's address.
 */
export const localParameters: Record<
  string,
  (instance: Instance, resources: Resources) => Promise<Record<string, string>>
> = {
  backend: async (instance, resources) => ({
    SiteOrigin: await distributionOrigin(instance, physicalId(resources, 'AWS::CloudFront::Distribution')),
    ApiOriginDomain: '127.0.0.1',
    ApiOriginPath: apiPath(resources),
    ApiOriginProtocolPolicy: 'http-only',
    ApiOriginHttpPort: String(instance.port),
    CorsOrigin: devPageOrigin,
    UploadOrigin: instance.endpoint,
    ReviewsOrigin: instance.endpoint,
    CognitoIdpUrl: instance.endpoint,
    CognitoIdentityUrl: instance.endpoint,
    RealtimeOrigin: await realtimeOrigin(instance),
  }),
  reviews: async (instance, resources) => ({
    ApiUrl: `${instance.endpoint}${apiPath(resources)}`,
    CorsOrigin: devPageOrigin,
  }),
};

/** Where the engine serves an HTTP API under its own address. */
const apiPath = (resources: Resources) => `/_aws/execute-api/${physicalId(resources, 'AWS::ApiGatewayV2::Api')}`;

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

/** Only under its own name does the engine take a WebSocket for MQTT; that name holds the port already. */
async function realtimeOrigin(instance: Instance): Promise<string> {
  const { endpointAddress } = await new IoTClient(clientConfig(instance)).send(
    new DescribeEndpointCommand({ endpointType: 'iot:Data-ATS' }),
  );
  if (!endpointAddress) throw new Failure('The engine names no endpoint for MQTT.');
  return `ws://${endpointAddress}`;
}
