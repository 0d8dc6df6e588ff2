/** What the functions find in their environment. Import this first: a handler reads its environment when it is imported. */
Object.assign(process.env, {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'example-secret',
  TABLE_NAME: 'table',
  IDEMPOTENCY_TABLE_NAME: 'idempotency',
  DAILY_REVIEW_QUOTA: '50',
  COMMON_LANGUAGE: 'en',
  TRANSLATES_REVIEWS: 'true',
  NEGATIVE_THRESHOLD: '0.7',
  ALERT_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/123456789012/alerts',
  ALERTS_TOPIC_ARN: 'arn:aws:sns:eu-west-1:123456789012:alerts',
  EVENT_BUS_NAME: 'bus',
  SITE_URL: 'https://site.example',
  DEAD_LETTER_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/123456789012/dead-letters',
  POWERTOOLS_SERVICE_NAME: 'reviews',
  POWERTOOLS_METRICS_NAMESPACE: 'HappyPath',
});
