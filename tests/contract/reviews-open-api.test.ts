import { expect, test } from 'vitest';
import { knownLanguages } from '../../services/reviews/src/domain/languages.ts';
import { at } from '../template/json.ts';
import { describeDocument } from './document-rules.ts';
import { openApiOf } from './open-api.ts';
import { template } from './reviews-functions.ts';

const api = openApiOf('reviews');

describeDocument(api, template);

test('knows every language that an author may name', () => {
  expect(at(api.document, 'components.schemas.Language.enum')).toEqual(knownLanguages);
});

test.each([
  ['DailyReviewQuota', '/reviews.post'],
  ['DailyPictureQuota', '/reviews/{reviewId}/media.get'],
])('names the default of %s', (parameter, operation) => {
  const quota = at(template.body, `Parameters.${parameter}.Default`);
  expect(at(api.document, `paths.${operation}.description`)).toContain(`(${quota}, unless`);
});
