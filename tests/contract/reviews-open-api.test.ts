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

test('names the default quota', () => {
  const quota = at(template.body, 'Parameters.DailyReviewQuota.Default');
  expect(at(api.document, 'paths./reviews.post.description')).toContain(`(${quota}, unless`);
});
