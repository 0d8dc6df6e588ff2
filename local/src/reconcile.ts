import { isDeepStrictEqual } from 'node:util';
import {
  ApiGatewayV2Client,
  type Authorizer,
  CreateAuthorizerCommand,
  CreateIntegrationCommand,
  CreateRouteCommand,
  DeleteAuthorizerCommand,
  DeleteIntegrationCommand,
  DeleteRouteCommand,
  GetApiCommand,
  GetAuthorizersCommand,
  GetIntegrationsCommand,
  GetRoutesCommand,
  UpdateApiCommand,
  UpdateAuthorizerCommand,
  UpdateRouteCommand,
} from '@aws-sdk/client-apigatewayv2';
import { DescribeTimeToLiveCommand, DynamoDBClient, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import {
  DeleteFunctionConcurrencyCommand,
  GetFunctionConcurrencyCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda';
import { GetTopicAttributesCommand, SetTopicAttributesCommand, SNSClient } from '@aws-sdk/client-sns';
import { clientConfig } from './clients.ts';
import type { Instance } from './instance.ts';
import { resolve } from './intrinsics.ts';
import { type HttpApi, type Integration, type JwtAuthorizer, type Route, readOpenApi } from './open-api.ts';
import type { Stacks } from './stacks.ts';

/**
 * Applies what the engine's CloudFormation accepts but ignores, through the public AWS APIs: routes, authorizers and CORS of
 * an HTTP API, time to live of tables, reserved concurrency of functions, what makes a topic FIFO. Only differences are written, so it may run after
 * every deployment.
 */
export async function reconcile(instance: Instance, stacks: Stacks, stackName: string): Promise<void> {
  const { template, context } = await stacks.describe(stackName);
  const clients = makeClients(instance);
  for (const [logicalId, { Type, Properties = {} }] of Object.entries(template.Resources)) {
    const id = context.resources[logicalId]?.physicalId;
    // A resource whose Condition does not hold does not exist.
    if (!id) continue;
    const property = (name: string) => resolve(Properties[name], context);
    if (Type === 'AWS::ApiGatewayV2::Api' && Properties['Body']) {
      await reconcileApi(clients.gateway, id, readOpenApi(property('Body')));
    } else if (Type === 'AWS::DynamoDB::Table') {
      await reconcileTimeToLive(clients.dynamo, id, property('TimeToLiveSpecification') as TimeToLive | undefined);
    } else if (Type === 'AWS::Lambda::Function') {
      await reconcileConcurrency(clients.lambda, id, property('ReservedConcurrentExecutions'));
    } else if (Type === 'AWS::SNS::Topic') {
      await reconcileFifo(clients.sns, id, property('FifoTopic') === true);
    }
  }
}

function makeClients(instance: Instance) {
  const config = clientConfig(instance);
  return {
    gateway: new ApiGatewayV2Client(config),
    dynamo: new DynamoDBClient(config),
    lambda: new LambdaClient(config),
    sns: new SNSClient(config),
  };
}

interface TimeToLive {
  AttributeName: string;
  Enabled: boolean;
}

async function reconcileTimeToLive(
  client: DynamoDBClient,
  TableName: string,
  wanted: TimeToLive | undefined,
): Promise<void> {
  if (!wanted) return;
  const { TimeToLiveDescription: actual } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
  const enabled = actual?.TimeToLiveStatus === 'ENABLED';
  if (enabled === wanted.Enabled && (!enabled || actual?.AttributeName === wanted.AttributeName)) return;
  await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: wanted }));
}

async function reconcileConcurrency(client: LambdaClient, FunctionName: string, wanted: unknown): Promise<void> {
  const { ReservedConcurrentExecutions: actual } = await client.send(
    new GetFunctionConcurrencyCommand({ FunctionName }),
  );
  if (wanted === undefined) {
    if (actual !== undefined) await client.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
  } else if (Number(wanted) !== actual) {
    const ReservedConcurrentExecutions = Number(wanted);
    await client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));
  }
}

/** Without its attribute a topic of the engine passes repetitions on. */
async function reconcileFifo(client: SNSClient, TopicArn: string, isFifo: boolean): Promise<void> {
  const { Attributes = {} } = await client.send(new GetTopicAttributesCommand({ TopicArn }));
  if ((Attributes['FifoTopic'] === 'true') === isFifo) return;
  const AttributeName = 'FifoTopic';
  await client.send(new SetTopicAttributesCommand({ TopicArn, AttributeName, AttributeValue: String(isFifo) }));
}

async function reconcileApi(client: ApiGatewayV2Client, ApiId: string, wanted: HttpApi): Promise<void> {
  const [api, authorizers, integrations, routes] = await Promise.all([
    client.send(new GetApiCommand({ ApiId })),
    client.send(new GetAuthorizersCommand({ ApiId })),
    client.send(new GetIntegrationsCommand({ ApiId })),
    client.send(new GetRoutesCommand({ ApiId })),
  ]);
  if (wanted.cors && !isDeepStrictEqual(api.CorsConfiguration, wanted.cors)) {
    await client.send(new UpdateApiCommand({ ApiId, CorsConfiguration: wanted.cors }));
  }

  const authorizerIds = new Map<string, string>();
  for (const [name, authorizer] of Object.entries(wanted.authorizers)) {
    const existing = authorizers.Items?.find(({ Name }) => Name === name);
    authorizerIds.set(name, await putAuthorizer(client, ApiId, name, authorizer, existing));
  }

  const integrationIds = new Map<string, string>();
  const keyOf = ({ uri, payloadFormatVersion, timeoutMs }: Integration) =>
    [uri, payloadFormatVersion, timeoutMs].join();
  for (const { integration } of wanted.routes) {
    const key = keyOf(integration);
    if (integrationIds.has(key)) continue;
    const existing = integrations.Items?.find(
      (item) =>
        item.IntegrationUri === integration.uri &&
        item.PayloadFormatVersion === integration.payloadFormatVersion &&
        (integration.timeoutMs === undefined || item.TimeoutInMillis === integration.timeoutMs),
    );
    integrationIds.set(key, existing?.IntegrationId ?? (await createIntegration(client, ApiId, integration)));
  }

  for (const route of wanted.routes) {
    const existing = routes.Items?.find(({ RouteKey }) => RouteKey === route.key);
    const settings = {
      ApiId,
      RouteKey: route.key,
      Target: `integrations/${integrationIds.get(keyOf(route.integration))}`,
      ...authorization(route, authorizerIds),
    };
    if (!existing) await client.send(new CreateRouteCommand(settings));
    else if (
      existing.Target !== settings.Target ||
      existing.AuthorizationType !== settings.AuthorizationType ||
      existing.AuthorizerId !== settings.AuthorizerId ||
      !isDeepStrictEqual(existing.AuthorizationScopes ?? [], settings.AuthorizationScopes)
    ) {
      await client.send(new UpdateRouteCommand({ ...settings, RouteId: existing.RouteId }));
    }
  }

  // What is no longer wanted goes last: a route before the integration and the authorizer it uses.
  const keys = new Set(wanted.routes.map(({ key }) => key));
  for (const { RouteId, RouteKey = '' } of routes.Items ?? []) {
    if (!keys.has(RouteKey)) await client.send(new DeleteRouteCommand({ ApiId, RouteId }));
  }
  const inUse = new Set([...integrationIds.values(), ...authorizerIds.values()]);
  for (const { IntegrationId = '' } of integrations.Items ?? []) {
    if (!inUse.has(IntegrationId)) await client.send(new DeleteIntegrationCommand({ ApiId, IntegrationId }));
  }
  for (const { AuthorizerId = '' } of authorizers.Items ?? []) {
    if (!inUse.has(AuthorizerId)) await client.send(new DeleteAuthorizerCommand({ ApiId, AuthorizerId }));
  }
}

function authorization({ authorizer }: Route, ids: Map<string, string>) {
  if (!authorizer) return { AuthorizationType: 'NONE' as const, AuthorizerId: undefined, AuthorizationScopes: [] };
  return {
    AuthorizationType: 'JWT' as const,
    AuthorizerId: ids.get(authorizer.name),
    AuthorizationScopes: authorizer.scopes,
  };
}

async function putAuthorizer(
  client: ApiGatewayV2Client,
  ApiId: string,
  Name: string,
  wanted: JwtAuthorizer,
  existing: Authorizer | undefined,
): Promise<string> {
  const settings = {
    ApiId,
    Name,
    AuthorizerType: 'JWT' as const,
    IdentitySource: [wanted.identitySource],
    JwtConfiguration: { Issuer: wanted.issuer, Audience: wanted.audience },
  };
  if (!existing) {
    const { AuthorizerId = '' } = await client.send(new CreateAuthorizerCommand(settings));
    return AuthorizerId;
  }
  const { AuthorizerId = '', IdentitySource, JwtConfiguration } = existing;
  if (
    !isDeepStrictEqual(IdentitySource, settings.IdentitySource) ||
    !isDeepStrictEqual(JwtConfiguration, settings.JwtConfiguration)
  ) {
    await client.send(new UpdateAuthorizerCommand({ ...settings, AuthorizerId }));
  }
  return AuthorizerId;
}

async function createIntegration(client: ApiGatewayV2Client, ApiId: string, integration: Integration): Promise<string> {
  const { IntegrationId = '' } = await client.send(
    new CreateIntegrationCommand({
      ApiId,
      IntegrationType: 'AWS_PROXY',
      IntegrationMethod: 'POST',
      IntegrationUri: integration.uri,
      PayloadFormatVersion: integration.payloadFormatVersion,
      TimeoutInMillis: integration.timeoutMs,
    }),
  );
  return IntegrationId;
}
