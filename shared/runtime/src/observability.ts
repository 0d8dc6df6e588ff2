import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';

export { MetricUnit };

/** JSON logs; the service's name, level and sampling come from POWERTOOLS_* and LOG_LEVEL. Never log personal data or tokens. */
export const logger = new Logger();

/** Metrics in the embedded metric format: CloudWatch reads them off the log, so no PutMetricData call is made. */
export const metrics = new Metrics();

/** Counts one occurrence, optionally split by one dimension with few values. */
export function count(name: string, dimension?: Record<string, string>, amount = 1): void {
  const target = dimension ? metrics.singleMetric() : metrics;
  if (dimension) target.addDimensions(dimension);
  target.addMetric(name, MetricUnit.Count, amount);
}

/**
 * Counts one occurrence on another service's behalf, under that service's name. Written at once.
 */
export function countFor(service: string, name: string, dimension: Record<string, string> = {}): void {
  const target = new Metrics({ serviceName: service, singleMetric: true });
  if (Object.keys(dimension).length > 0) target.addDimensions(dimension);
  target.addMetric(name, MetricUnit.Count, 1);
}

/** Writes the metrics gathered by this invocation. To be called once, at its end. */
export function flushMetrics(): void {
  if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
}
