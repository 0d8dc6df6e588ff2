import { createRouter, createWebHistory } from 'vue-router';
import type { MessageKey } from './i18n/i18n.ts';
import { session, useSession } from './session/session.ts';
import PlacesView from './views/PlacesView.vue';

declare module 'vue-router' {
  interface RouteMeta {
    /** The page's title; a view with a better one sets it itself. */
    title?: MessageKey;
    /** Only for those who are signed in; others sign in first and come back. */
    signedIn?: boolean;
  }
}

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', name: 'places', component: PlacesView, meta: { title: 'app.places' } },
    { path: '/places/:id', name: 'place', component: () => import('./views/PlaceView.vue'), props: true },
    {
      path: '/my-photos',
      name: 'my-photos',
      component: () => import('./uploads/MyPhotosView.vue'),
      meta: { title: 'app.myPhotos', signedIn: true },
    },
  ],
});

router.beforeEach(async (to) => {
  if (!to.meta.signedIn) return true;
  await session.restore();
  return useSession().signedIn.value || { name: 'places' };
});
