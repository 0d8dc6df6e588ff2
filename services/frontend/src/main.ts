import { createApp } from 'vue';
import App from './App.vue';
import { preferredLanguage, setLanguage } from './i18n/i18n.ts';
import { router } from './router.ts';
import { loadRuntimeConfig } from './runtime-config.ts';
import { session } from './session/session.ts';
import './design/tokens.css';
import './design/base.css';

await Promise.all([loadRuntimeConfig(), setLanguage(preferredLanguage()), session.restore()]);
createApp(App).use(router).mount('#app');
