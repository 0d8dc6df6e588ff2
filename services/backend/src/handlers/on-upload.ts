import { readEnvironment, text } from '@happy-path/runtime/environment';
import { count, logger } from '@happy-path/runtime/observability';
import type { Context } from 'aws-lambda';
import { photoStore } from '../adapters/dynamo-photo-store.ts';
import { publishUploadComplete } from '../adapters/event-bus-publisher.ts';
import { arrivedObjects } from '../adapters/s3-event.ts';
import { readActiveWorkflow } from '../adapters/ssm-active-workflow.ts';
import { recordArrival } from '../domain/arrival.ts';

const env = readEnvironment({ TABLE_NAME: text, EVENT_BUS_NAME: text, ACTIVE_WORKFLOW_PARAMETER: text });
const ports = {
  ...photoStore(env.TABLE_NAME),
  announce: (detail: Parameters<typeof publishUploadComplete>[1]) => publishUploadComplete(env.EVENT_BUS_NAME, detail),
  activeWorkflow: () => readActiveWorkflow(env.ACTIVE_WORKFLOW_PARAMETER),
};

/** @throws when an arrival could not be recorded or announced, so that the event is delivered again */
export const handler = async (event: unknown, context: Context): Promise<void> => {
  logger.addContext(context);
  for (const object of arrivedObjects(event)) {
    const outcome = await recordArrival(object, ports);
    logger.info('upload arrived', { outcome, key: object.key, versionId: object.versionId, bytes: object.size });
    count('UploadsArrived', { outcome });
  }
};
