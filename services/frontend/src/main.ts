import { createApp } from 'vue';
import { loadRouteLocation } from 'vue-router';
import App from './App.vue';
import { preferredLanguage, setLanguage } from './i18n/i18n.ts';
import { router } from './router.ts';
import { loadRuntimeConfig } from './runtime-config.ts';
import { session } from './session/session.ts';
import StartProblem from './views/StartProblem.vue';
import './design/tokens.css';
import './design/base.css';

/** The code of the first view is not to wait for what the view will need: whether it came is the router's to find out. */
loadRouteLocation(router.resolve(location.pathname)).catch(() => undefined);

/** A language that does not load is no reason to show nothing. */
const language = setLanguage(preferredLanguage()).catch(() => setLanguage('en'));
const isReady = await Promise.all([loadRuntimeConfig(), session.restore(), language]).then(
  () => true,
  () => language.then(() => false),
);
if (isReady) createApp(App).use(router).mount('#app');
else createApp(StartProblem).mount('#app');
