import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PutCommand, type PutCommandInput } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { AwsStub } from 'aws-sdk-client-mock';

export type Row = Record<string, unknown>;

/** The table in memory, with the one condition that the inventory writes under. */
export class Table {
  readonly rows = new Map<string, Row>();
  /** What each write does before it takes effect; may throw. */
  onPut: (row: Row) => void = () => {};

  // biome-ignore lint/suspicious/noExplicitAny: the mock's own type parameters
  attach(dynamo: AwsStub<any, any, any>): void {
    dynamo.on(PutCommand).callsFake(async (input: PutCommandInput) => this.#put(input));
  }

  #put({ Item: row = {}, ConditionExpression, ExpressionAttributeValues: values }: PutCommandInput): object {
    if (ConditionExpression !== 'attribute_not_exists(jobId) OR #sequence < :sequence')
      throw new Error(`An unknown condition: ${ConditionExpression}`);
    this.onPut(row);
    const key = String(row['jobId']);
    const old = this.rows.get(key);
    if (old !== undefined && !(String(old['sequence']) < String(values?.[':sequence'])))
      throw new ConditionalCheckFailedException({ message: 'condition', $metadata: {}, Item: marshall(old) });
    this.rows.set(key, row);
    return {};
  }

  /** The ids of the jobs that are open, in order. */
  get open(): string[] {
    return [...this.rows.values()]
      .filter(({ listing }) => listing === 'open')
      .map(({ jobId }) => String(jobId))
      .sort();
  }
}
