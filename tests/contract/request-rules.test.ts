import * as functions from './backend-functions.ts';
import { openApiOf } from './open-api.ts';
import { describeRequestRules } from './request-rules.ts';

describeRequestRules(openApiOf('backend'), functions);
