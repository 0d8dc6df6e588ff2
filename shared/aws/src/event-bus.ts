import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';

const eventBridge = new EventBridgeClient({});

/** An event of our own, before the bus puts it into its envelope. */
export interface BusEvent {
  readonly source: string;
  readonly type: string;
  readonly detail: object;
  /** What it is about, for the error: `photo 3f0c`. */
  readonly subject: string;
}

/** @throws when the bus did not take the event */
export async function putEvent(EventBusName: string, { source, type, detail, subject }: BusEvent): Promise<void> {
  const { FailedEntryCount, Entries } = await eventBridge.send(
    new PutEventsCommand({
      Entries: [{ EventBusName, Source: source, DetailType: type, Detail: JSON.stringify(detail) }],
    }),
  );
  // PutEvents reports this in its answer, not as an error.
  if (FailedEntryCount) {
    const entry = Entries?.[0];
    throw new Error(`${type} of ${subject} was not taken: ${entry?.ErrorCode}: ${entry?.ErrorMessage}`);
  }
}
