/** What the tasks find in their environment. Import this first: a task reads its environment when it is imported. */
Object.assign(process.env, {
  AWS_REGION: 'eu-west-1',
  TABLE_NAME: 'table',
  DISTRIBUTION_BUCKET: 'distribution-bucket',
  MAX_PIXELS: '1000000',
  MIN_SIDE_PX: '100',
  ALLOWED_TYPES: 'jpg,png,webp',
  MIN_CONFIDENCE: '60',
  REFUSED_CONTENT: 'Explicit, Violence, Middle Finger',
  POWERTOOLS_SERVICE_NAME: 'workflow-v4',
  POWERTOOLS_METRICS_NAMESPACE: 'HappyPath',
});
