import { t } from '../i18n/i18n.ts';

/** Names the page in the browser's tab and history; without a title of its own it has the application's. */
export function setTitle(title?: string): void {
  document.title = title ? `${title} – ${t('app.name')}` : t('app.name');
}
