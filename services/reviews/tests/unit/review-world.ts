import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, UpdateCommand, type UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import type { Review } from '../../src/domain/review.ts';

/** The id of the nth review. */
export const idOf = (n: number): string => n.toString(16).padStart(32, '0');

/** The nth review as it was posted, or as it is said to be. */
export const review = (n: number, given: Partial<Review> = {}): Review => ({
  reviewId: idOf(n),
  subject: 'park',
  rating: 2,
  text: 'Los baños estaban sucios.',
  author: 'ada',
  createdAt: `2026-06-14T10:02:${String(n % 60).padStart(2, '0')}.000Z`,
  correlationId: 'b7e1c2f4',
  translationStatus: 'PENDING',
  sentimentStatus: 'PENDING',
  media: {},
  ...given,
});

/** The rows of reviews, by id. */
export const table = new Map<string, Record<string, unknown>>();
export const dynamo = mockClient(DynamoDBDocumentClient);

export function store(...reviews: Review[]): void {
  for (const each of reviews) table.set(`review#${each.reviewId}`, { ...each });
}
export const stored = (n: number) => table.get(`review#${idOf(n)}`);

/** A table that knows of DynamoDB's expressions what the steps use: SET, REMOVE, IN, =, <, AND and OR. */
export function arrangeTable(): void {
  table.clear();
  dynamo.reset();
  dynamo.on(GetCommand).callsFake(({ Key }) => ({ Item: structuredClone(table.get(Key.PK)) }));
  dynamo.on(UpdateCommand).callsFake((input: UpdateCommandInput) => {
    const key = String(input.Key?.['PK']);
    const row = table.get(key);
    if (!row || !holds(String(input.ConditionExpression), row, input))
      throw new ConditionalCheckFailedException({ message: 'condition', $metadata: {} });
    const [, set = '', remove = ''] = /^SET (.*?)(?: REMOVE (.*))?$/.exec(String(input.UpdateExpression)) ?? [];
    for (const assignment of set.split(', ')) {
      const [name = '', value = ''] = assignment.split(' = ');
      row[nameOf(name, input)] = input.ExpressionAttributeValues?.[value];
    }
    for (const name of remove.split(', ')) delete row[nameOf(name, input)];
    return { Attributes: structuredClone(row) };
  });
}

const nameOf = (name: string, { ExpressionAttributeNames }: UpdateCommandInput) =>
  ExpressionAttributeNames?.[name] ?? name;

/** An alternative in brackets has no brackets in it but those of IN, which are never its last. */
function holds(condition: string, row: Record<string, unknown>, input: UpdateCommandInput): boolean {
  return condition.split(' OR ').some((alternative) =>
    alternative
      .replace(/^\((.*)\)$/, '$1')
      .split(' AND ')
      .every((test) => {
        const [, name = '', operator, rest = ''] = /^(\S+) (IN|=|<) (.*)$/.exec(test) ?? [];
        const actual = row[nameOf(name, input)];
        const values = (rest.match(/:\w+/g) ?? []).map((value) => input.ExpressionAttributeValues?.[value]);
        if (operator === '<') return String(actual) < String(values[0]);
        return values.includes(actual);
      }),
  );
}

/** A record of the table's stream, numbered like its review. */
export function change(
  eventName: 'INSERT' | 'MODIFY' | 'REMOVE',
  n: number,
  after: Review | null = review(n),
  before?: Review,
) {
  const image = (each: Review | null | undefined) => each && marshall(each, { removeUndefinedValues: true });
  return {
    eventName,
    dynamodb: {
      SequenceNumber: String(n),
      Keys: { PK: { S: `review#${idOf(n)}` }, SK: { S: 'review' } },
      ...(after && { NewImage: image(after) }),
      ...(before && { OldImage: image(before) }),
    },
  };
}

/** A record of a change that was made so many minutes ago. */
export const aged = (record: ReturnType<typeof change>, minutes: number) => ({
  ...record,
  dynamodb: { ...record.dynamodb, ApproximateCreationDateTime: Math.floor(Date.now() / 1000) - minutes * 60 },
});

export const failures = (...numbers: number[]) => ({
  batchItemFailures: numbers.map((n) => ({ itemIdentifier: String(n) })),
});

/** An error as an AWS service names it. */
export const serviceError = (name: string): Error => Object.assign(new Error(`${name} it is`), { name });
