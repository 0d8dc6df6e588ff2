import { randomInt } from 'node:crypto';
import { maxCardNumber } from '../local/ai/src/test-card.ts';
import { runningInstance } from '../local/src/engine.ts';

/** What the local Rekognition is to answer for a test card; local/ai/README.md has them all. */
export type Answer = { delayMs?: number } & ({ fault: string } | { moderationLabels?: object[]; labels?: object[] });

const { aiEndpoint } = await runningInstance('test');
const cardUrl = (card: number) => `${aiEndpoint}/_local/cards/${card}`;

/**
 * Has a test card, one that nobody else uses, answered so: one answer after the other, and the last one for good.
 *
 * @returns its number
 */
export async function scriptCard(answers: Answer[], number?: number): Promise<number> {
  const card = number ?? (await unusedCard());
  const response = await fetch(cardUrl(card), { method: 'PUT', body: JSON.stringify({ answers }) });
  if (!response.ok) throw new Error(`Card ${card}: ${response.status} ${await response.text()}`);
  return card;
}

/** How often the local Rekognition was asked about a card. */
export async function timesAsked(card: number): Promise<number> {
  const response = await fetch(cardUrl(card));
  const { asked } = (await response.json()) as { asked: Record<string, number> };
  return Object.values(asked).reduce((sum, times) => sum + times, 0);
}

async function unusedCard(): Promise<number> {
  const card = randomInt(maxCardNumber);
  const { status } = await fetch(cardUrl(card));
  return status === 404 ? card : unusedCard();
}
