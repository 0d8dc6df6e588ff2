import { arrivedObjects } from '@happy-path/aws/s3-event';
import type { UploadCompleteDetail } from '@happy-path/photos/upload-complete';
import { readEnvironment, text } from '@happy-path/runtime/environment';
import { count, logger } from '@happy-path/runtime/observability';
import type { Context } from 'aws-lambda';
import { photoStore } from '../adapters/dynamo-photo-store.ts';
import { publishUploadComplete } from '../adapters/event-bus-publisher.ts';
import { readActiveWorkflow } from '../adapters/ssm-active-workflow.ts';
import { recordArrival } from '../domain/arrival.ts';

const env = readEnvironment({
  TABLE_NAME: text,
  EVENT_BUS_NAME: text,
  ACTIVE_WORKFLOW_PARAMETER: text,
  INITIAL_WORKFLOW: text,
});
const ports = {
  ...photoStore(env.TABLE_NAME),
  announce: (detail: UploadCompleteDetail) => {
    logger.appendKeys({ correlationId: detail.correlationId, photoId: detail.ID });
    return publishUploadComplete(env.EVENT_BUS_NAME, detail);
  },
  activeWorkflow: () => readActiveWorkflow(env.ACTIVE_WORKFLOW_PARAMETER, env.INITIAL_WORKFLOW),
};

/** @throws when an arrival could not be recorded or announced, so that the event is delivered again */
export const handler = async (event: unknown, context: Context): Promise<void> => {
  logger.addContext(context);
  logger.resetKeys();
  for (const object of arrivedObjects(event)) {
    logger.resetKeys();
    const outcome = await recordArrival(object, ports);
    logger.info('upload arrived', { outcome, key: object.key, versionId: object.versionId, bytes: object.size });
    count('UploadsArrived', { outcome });
  }
};
