import { english } from '../i18n/catalogue.ts';
import { bytes, type MessageKey, number, t } from '../i18n/i18n.ts';
import type { UploadProblem, UploadView } from './upload-item.ts';

/** What is wrong, and what to do about it; in the server's English words only where the page has none of its own. */
export function problemText({ code, values, detail }: UploadProblem): string {
  const parameters = {
    ...values,
    ...(values?.['bytes'] !== undefined && { size: bytes(values['bytes']) }),
    ...(values?.['maxBytes'] !== undefined && { maxSize: atMost(values['maxBytes']) }),
  };
  const withFigures = key(`upload.problem.${code}.size`);
  if (values && withFigures) return t(withFigures, parameters);
  const plain = key(`upload.problem.${code}`);
  if (plain) return t(plain, parameters);
  if (code === 'UNEXPECTED') return t('upload.problem.unexpected');
  return detail ?? t('upload.problem.other');
}

/** Where an upload stands, in a line. */
export function stateText(item: UploadView): string {
  if (item.pause) return t(`upload.pause.${item.pause}`);
  if (item.state === 'sending') return t('upload.state.sending', { percent: percent(item.sentBytes / item.bytes) });
  return t(`upload.state.${item.state}`);
}

/** A limit in bytes, rounded to what is allowed for sure. */
export const atMost = (maxBytes: number): string => bytes(maxBytes < 1e5 ? maxBytes : Math.floor(maxBytes / 1e5) * 1e5);

export const percent = (fraction: number): string => number(Math.floor(fraction * 100) / 100, { style: 'percent' });

const key = (name: string): MessageKey | undefined => (Object.hasOwn(english, name) ? (name as MessageKey) : undefined);
