/** What the functions find in their environment. Import this first: a handler reads its environment when it is imported. */
Object.assign(process.env, {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'example-secret',
  BUCKET_NAME: 'bucket',
  DEAD_LETTER_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/123456789012/dead-letters.fifo',
  MAX_RECEIVE_COUNT: '5',
  POWERTOOLS_SERVICE_NAME: 'analytics',
  POWERTOOLS_METRICS_NAMESPACE: 'HappyPath',
});
