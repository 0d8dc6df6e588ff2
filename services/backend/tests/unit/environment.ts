/** What the functions find in their environment. Import this first: a handler reads its environment when it is imported. */
Object.assign(process.env, {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'example-secret',
  STAGE: 'test',
  TABLE_NAME: 'table',
  UPLOAD_BUCKET: 'uploads-bucket',
  DISTRIBUTION_BUCKET: 'distribution-bucket',
  EVENT_BUS_NAME: 'bus',
  ACTIVE_WORKFLOW_PARAMETER: '/happy-path/test/backend/active-workflow',
  USER_POOL_ID: 'eu-west-1_pool',
  USER_POOL_CLIENT_ID: 'client',
  IDENTITY_POOL_ID: 'eu-west-1:identities',
  MAX_UPLOAD_BYTES: '20971520',
  DAILY_UPLOAD_QUOTA: '200',
  POWERTOOLS_SERVICE_NAME: 'backend',
  POWERTOOLS_METRICS_NAMESPACE: 'HappyPath',
});
