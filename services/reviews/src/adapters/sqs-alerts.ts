import * as z from 'zod/mini';

const batch = z.object({ Records: z.array(z.object({ messageId: z.string(), body: z.string() })) });
const alert = z.object({ reviewId: z.string().check(z.regex(/^[0-9a-f]{32}$/)) });

export interface AlertMessages {
  readonly messages: readonly { readonly messageId: string; readonly reviewId: string }[];
  readonly unreadable: readonly { readonly messageId: string; readonly error: Error }[];
}

/** @throws when this is no batch of a queue */
export function alertMessages(event: unknown): AlertMessages {
  const messages: { messageId: string; reviewId: string }[] = [];
  const unreadable: { messageId: string; error: Error }[] = [];
  for (const { messageId, body } of z.parse(batch, event).Records) {
    try {
      messages.push({ messageId, ...z.parse(alert, JSON.parse(body)) });
    } catch (error) {
      unreadable.push({ messageId, error: error as Error });
    }
  }
  return { messages, unreadable };
}
