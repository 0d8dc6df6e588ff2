import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Digest } from '../domain/alert-digest.ts';
import { patience } from './patience.ts';

const sns = new SNSClient(patience);

/** Mails to whoever has subscribed to the topic. */
export const mailTo = (topicArn: string) => ({
  async sendDigest({ subject, message }: Digest): Promise<void> {
    await sns.send(new PublishCommand({ TopicArn: topicArn, Subject: subject, Message: message }));
  },
});
