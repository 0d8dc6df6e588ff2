/** What the functions find in their environment. Import this first: a handler reads its environment when it is imported. */
Object.assign(process.env, {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'example-secret',
  TABLE_NAME: 'positions',
  TOPIC_ARN: 'arn:aws:sns:eu-west-1:123456789012:JobEvents.fifo',
  DEAD_LETTER_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/123456789012/dead-letters',
  HELD_CHANGES_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/123456789012/held-changes',
  HOLD_SECONDS: '10',
  SOURCE_EPOCH: '1',
  KEEP_DELETED_DAYS: '90',
  STREAM_NAME: 'changes',
  POWERTOOLS_SERVICE_NAME: 'anti-corruption',
  POWERTOOLS_METRICS_NAMESPACE: 'HappyPath',
});
