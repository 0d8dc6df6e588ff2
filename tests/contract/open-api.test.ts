import { photoStatuses, rejectionReasons } from '@happy-path/photos/photo-record';
import { describe, expect, test } from 'vitest';
import { at } from '../template/json.ts';
import { testDocument } from './document-tests.ts';
import { answerProblems, document, examplesIn } from './open-api.ts';

describe.each(['backend', 'inventory'])("%s's document", testDocument);

test('knows every status and reason of a photo', () => {
  const properties = at(document, 'components.schemas.PhotoStatus.properties');
  expect(at(properties, 'status.enum')).toEqual(photoStatuses);
  // The workflows and the sweep write this one for the system's own faults.
  expect(at(properties, 'reason.enum')).toEqual([...rejectionReasons, 'SYSTEM_FAULT']);
});

const placeExample = examplesIn().find(({ where }) =>
  /locations~1%7BplaceId%7D\/get\/responses\/200/.test(where),
)?.value;
const place = JSON.stringify(placeExample);

type Answer = Parameters<typeof answerProblems>;

test.each<[what: string, ...Answer]>([
  ['an answer as documented', 'GET', '/locations/a1', 200, 'application/json', place],
  [
    "a path below the server's, with a query",
    'GET',
    '/api/locations/a1?x=1',
    200,
    'application/json; charset=utf-8',
    place,
  ],
  ['an answer without a body', 'DELETE', '/me', 204, null, ''],
  ['a refusal by API Gateway', 'GET', '/images', 401, 'application/json', '{"message":"Unauthorized"}'],
])('finds nothing wrong with %s', (_, ...answer) => {
  expect(answerProblems(...answer)).toEqual([]);
});

test.each<[what: string, problem: RegExp, ...Answer]>([
  ['an unknown path', /not in the document/, 'GET', '/places/a1', 200, 'application/json', place],
  ['an unknown method', /not in the document/, 'PUT', '/locations/a1', 200, 'application/json', place],
  ['an unknown status', /418 is not documented/, 'GET', '/locations/a1', 418, 'application/json', place],
  ['another media type', /"text\/html"/, 'GET', '/locations/a1', 200, 'text/html', place],
  ['no media type', /""/, 'GET', '/locations/a1', 200, null, place],
  ['broken JSON', /no JSON/, 'GET', '/locations/a1', 200, 'application/json', place.slice(1)],
  ['a body where none belongs', /has a body/, 'DELETE', '/me', 204, null, '{}'],
  [
    'a missing field',
    /must have required property 'lat'/,
    'GET',
    '/locations/a1',
    200,
    'application/json',
    '{"lng":0}',
  ],
  [
    'a field too many',
    /"owner"/,
    'GET',
    '/locations/a1',
    200,
    'application/json',
    JSON.stringify({ ...Object(placeExample), owner: 'me' }),
  ],
  [
    "another status's problem",
    /problem:not-found/,
    'GET',
    '/locations/a1',
    404,
    'application/problem+json',
    '{"type":"urn:happy-path:problem:conflict","title":"No","status":409}',
  ],
])('finds %s', (_, problem, ...answer) => {
  expect(answerProblems(...answer).join('\n')).toMatch(problem);
});
