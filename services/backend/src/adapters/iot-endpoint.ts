import { DescribeEndpointCommand, IoTClient } from '@aws-sdk/client-iot';

// A page waits for the answer, and can do without it.
const iot = new IoTClient({
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true },
});
let endpoint: Promise<string> | undefined;

/** Host of the account's MQTT endpoint. It never changes, so it is asked for once per warm function. */
export function realtimeEndpoint(): Promise<string> {
  endpoint ??= describeEndpoint().catch((error: unknown) => {
    endpoint = undefined;
    throw error;
  });
  return endpoint;
}

async function describeEndpoint(): Promise<string> {
  const { endpointAddress } = await iot.send(new DescribeEndpointCommand({ endpointType: 'iot:Data-ATS' }));
  if (!endpointAddress) throw new Error('IoT Core named no data endpoint');
  return endpointAddress;
}
