import { GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { documents } from '@happy-path/aws/dynamo';
import type { PublishedPhoto } from '@happy-path/photos/photo-record';
import ngeohash from 'ngeohash';
import { cellPrecision, placePrecision, type ReadCell } from '../domain/nearby.ts';
import type { Place } from '../domain/place.ts';
import { writeWithinQuota } from './dynamo-account-store.ts';

const placeKey = (placeId: string) => ({ PK: `place#${placeId}`, SK: 'listing' });

/** Places and the photos published at them. */
export function placeStore(tableName: string) {
  const TableName = tableName;

  return {
    /** Strongly consistent: a place that was added a moment ago is there. */
    async readPlace(placeId: string): Promise<Place | undefined> {
      const { Item } = await documents.send(
        new GetCommand({ TableName, Key: placeKey(placeId), ConsistentRead: true }),
      );
      return Item && toPlace(Item);
    },

    /**
     * Stores a place and counts it against its adder's quota, both or neither.
     *
     * @returns the place now stored under this id: the given one, or the one that was there before
     * @throws QuotaExceededError when the adder has added `dailyQuota` places on this UTC day
     * @throws AccountDeletedError when the adder's account was closed
     */
    async addPlace(place: Place, adder: string, dailyQuota: number): Promise<Place> {
      const geohash = ngeohash.encode(place.lat, place.lng, placePrecision);
      const added = await writeWithinQuota(
        TableName,
        { owner: adder, kind: 'places', limit: dailyQuota },
        {
          Put: {
            TableName,
            Item: {
              ...placeKey(place.placeId),
              ...place,
              geohash,
              GSI1PK: `geo#${geohash.slice(0, cellPrecision)}`,
              GSI1SK: `${geohash}#${place.placeId}`,
            },
            ConditionExpression: 'attribute_not_exists(PK)',
          },
        },
      );
      if (added) return place;
      const stored = await this.readPlace(place.placeId);
      if (!stored) throw new Error(`Place ${place.placeId} was refused as already stored, but is not there`);
      return stored;
    },

    readCell: (async (geohash, limit) => {
      const { Items = [], LastEvaluatedKey } = await documents.send(
        new QueryCommand({
          TableName,
          IndexName: 'GSI1',
          KeyConditionExpression: 'GSI1PK = :cell AND begins_with(GSI1SK, :geohash)',
          ExpressionAttributeValues: { ':cell': `geo#${geohash.slice(0, cellPrecision)}`, ':geohash': geohash },
          Limit: limit,
        }),
      );
      return { places: Items.map(toPlace), truncated: LastEvaluatedKey !== undefined };
    }) satisfies ReadCell,

    /**
     * Photos published at a place, newest first.
     * @param after sort key of the last photo of the page before
     */
    async photosAt(
      placeId: string,
      limit: number,
      after?: string,
    ): Promise<{ photos: PublishedPhoto[]; next?: string }> {
      const PK = `place#${placeId}`;
      const { Items = [], LastEvaluatedKey } = await documents.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'PK = :place AND begins_with(SK, :photo)',
          ExpressionAttributeValues: { ':place': PK, ':photo': 'photo#' },
          ScanIndexForward: false,
          Limit: limit,
          ExclusiveStartKey: after === undefined ? undefined : { PK, SK: after },
        }),
      );
      const next: unknown = LastEvaluatedKey?.['SK'];
      return { photos: Items as unknown as PublishedPhoto[], ...(typeof next === 'string' && { next }) };
    },
  };
}

function toPlace(item: Record<string, unknown>): Place {
  const { placeId, name, type, lat, lng, address } = item as unknown as Place;
  return { placeId, name, type, lat, lng, address };
}
