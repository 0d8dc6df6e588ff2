import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { putEvent } from '@happy-path/aws/event-bus';
import type { AlertPorts } from '../domain/alert.ts';

const sqs = new SQSClient({
  // The region's endpoint, or the one that the environment names; a queue's URL names the same on AWS.
  useQueueUrlAsEndpoint: false,
});

/** The alert queue, and the event bus. */
export function alertPorts(queueUrl: string, eventBusName: string): Pick<AlertPorts, 'queueAlert' | 'announce'> {
  return {
    async queueAlert(reviewId) {
      await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify({ reviewId }) }));
    },
    announce: (detail) =>
      putEvent(eventBusName, {
        source: 'custom.happyPath.reviews',
        type: 'NegativeReviewFound',
        detail,
        subject: `review ${detail.reviewId}`,
      }),
  };
}
