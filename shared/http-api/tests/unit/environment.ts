/** What the functions find in their environment. Import this first: metrics read it when they are imported. */
Object.assign(process.env, { POWERTOOLS_SERVICE_NAME: 'backend', POWERTOOLS_METRICS_NAMESPACE: 'HappyPath' });
