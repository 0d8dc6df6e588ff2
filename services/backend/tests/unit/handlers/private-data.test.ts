import '../environment.ts';

import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { DescribeEndpointCommand, IoTClient } from '@aws-sdk/client-iot';
import { S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, GetCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { apiEvent, type Request } from '@happy-path/http-api/testing';
import { captureOutput, context } from '@happy-path/runtime/testing';
import type { APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { handler as deleteImage } from '../../../src/handlers/delete-image.ts';
import { handler as deleteMe } from '../../../src/handlers/delete-me.ts';
import { handler as getConfig } from '../../../src/handlers/get-config.ts';
import { handler as getImage } from '../../../src/handlers/get-image.ts';
import { handler as getImages } from '../../../src/handlers/get-images.ts';
import { handler as getLocation } from '../../../src/handlers/get-location.ts';
import { handler as getLocationPhotos } from '../../../src/handlers/get-location-photos.ts';
import { handler as getLocations } from '../../../src/handlers/get-locations.ts';
import { handler as getMyImages } from '../../../src/handlers/get-my-images.ts';
import { handler as postLocations } from '../../../src/handlers/post-locations.ts';
import { photo, photoIdOf } from '../photo-world.ts';

const output = captureOutput();
const dynamo = mockClient(DynamoDBDocumentClient);
const s3 = mockClient(S3Client);
const cognito = mockClient(CognitoIdentityProviderClient);
const iot = mockClient(IoTClient);

const secrets = {
  token: 'eyJhbGciOiJSUzI1NiJ9.c2VjcmV0.c2lnbmF0dXJl',
  subject: '52f5b4d4-80e1-7041-2d1c-6f8a3c9e17b0',
  email: 'ada@example.org',
  address: '198.51.100.24',
  signature: 'X-Amz-Signature',
};

const photoId = photoIdOf(1);
const upload = { placeId: 'hyde-park', contentType: 'image/jpeg', contentLength: '1' };
const routes = [
  { name: 'GET /locations', handler: getLocations, request: { query: { lat: '0', lng: '0' } } },
  {
    name: 'POST /locations',
    handler: postLocations,
    request: { body: { name: 'Park', type: 'park', lat: 0, lng: 0, address: 'London' } },
  },
  { name: 'GET /locations/{placeId}', handler: getLocation, request: { path: { placeId: 'hyde-park' } } },
  { name: 'GET /locations/{placeId}/photos', handler: getLocationPhotos, request: { path: { placeId: 'hyde-park' } } },
  { name: 'GET /images', handler: getImages, request: { query: upload } },
  { name: 'GET /images/{photoId}', handler: getImage, request: { path: { photoId } } },
  { name: 'DELETE /images/{photoId}', handler: deleteImage, request: { path: { photoId } } },
  { name: 'GET /me/images', handler: getMyImages, request: {} },
  { name: 'DELETE /me', handler: deleteMe, request: {} },
  { name: 'GET /config', handler: getConfig, request: {} },
];

/** A request of a signed-in person, with all that API Gateway hands on about them. */
function personalRequest(request: Request) {
  const headers = { authorization: `Bearer ${secrets.token}`, 'x-forwarded-for': secrets.address };
  const event = apiEvent({ ...request, headers }) as APIGatewayProxyEventV2WithJWTAuthorizer;
  const claims = { sub: secrets.subject, username: secrets.subject, email: secrets.email };
  Object.assign(event.requestContext.authorizer.jwt, { claims });
  Object.assign(event.requestContext.http, { sourceIp: secrets.address });
  return event;
}

function expectNothingPrivate() {
  const text = output.text();
  expect(text).toContain('"message":"answered"');
  for (const secret of Object.values(secrets)) expect(text).not.toContain(secret);
}

beforeEach(() => {
  for (const client of [dynamo, s3, cognito, iot]) client.reset();
  const row = photo({ owner: secrets.subject });
  dynamo.onAnyCommand().resolves({});
  dynamo.on(GetCommand).resolves({ Item: row });
  dynamo.on(UpdateCommand).resolves({ Attributes: row });
  s3.onAnyCommand().resolves({});
  cognito.onAnyCommand().resolves({});
  iot.on(DescribeEndpointCommand).resolves({ endpointAddress: 'iot.example' });
});

describe.each(routes)('the log of $name', ({ handler, request }) => {
  it('holds no token, e-mail, subject, address or signed URL when all goes well', async () => {
    await handler(personalRequest(request), context);

    expectNothingPrivate();
  });

  it('holds none when the request is refused', async () => {
    await handler(personalRequest({ query: { email: secrets.email } }), context);

    expectNothingPrivate();
  });

  it('holds none when a service is away', async () => {
    dynamo.reset().onAnyCommand().rejects(new Error('Service unavailable'));
    s3.reset().onAnyCommand().rejects(new Error('Service unavailable'));
    cognito.reset().onAnyCommand().rejects(new Error('Service unavailable'));
    iot.reset().onAnyCommand().rejects(new Error('Service unavailable'));

    await handler(personalRequest(request), context);

    expectNothingPrivate();
  });
});

describe('the log of a transaction that failed', () => {
  it('names neither the caller nor what was to be written', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    dynamo.on(TransactWriteCommand).rejects(
      new TransactionCanceledException({
        $metadata: {},
        message: 'Transaction cancelled, please refer cancellation reasons for specific reasons [TransactionConflict]',
        CancellationReasons: [{ Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' }],
      }),
    );

    await getImages(personalRequest({ query: upload }), context);

    expectNothingPrivate();
    expect(output.text()).toContain('TransactionConflict');
  });
});
