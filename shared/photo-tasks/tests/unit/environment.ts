/** What the tasks find in their environment. Import this first: a handler reads its environment when it is imported. */
Object.assign(process.env, {
  AWS_REGION: 'eu-west-1',
  TABLE_NAME: 'table',
  DISTRIBUTION_BUCKET: 'distribution-bucket',
  MAX_PIXELS: '1000000',
  MIN_SIDE_PX: '100',
  POWERTOOLS_SERVICE_NAME: 'workflow-v1',
  POWERTOOLS_METRICS_NAMESPACE: 'HappyPath',
});
