import { openApiOf } from './open-api.ts';
import { describeRequestRules } from './request-rules.ts';
import * as functions from './reviews-functions.ts';

describeRequestRules(openApiOf('reviews'), functions);
