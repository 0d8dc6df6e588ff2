import { nextTick } from 'vue';
import { createRouter, createWebHistory, type RouteLocationNormalized } from 'vue-router';
import { type MessageKey, t } from './i18n/i18n.ts';
import { session, useSession } from './session/session.ts';
import { setTitle } from './ui/title.ts';
import PlacesView from './views/PlacesView.vue';

declare module 'vue-router' {
  interface RouteMeta {
    /** The page's title; a view with a better one sets it itself. */
    title?: MessageKey;
    /** Only for those who are signed in; others sign in first and come back. */
    signedIn?: boolean;
  }
}

const { signedIn } = useSession();

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', name: 'places', component: PlacesView, meta: { title: 'app.places' } },
    { path: '/places/:id', name: 'place', component: () => import('./views/PlaceView.vue'), props: true },
    {
      path: '/add-place',
      name: 'add-place',
      component: () => import('./views/AddPlaceView.vue'),
      meta: { title: 'addPlace.title', signedIn: true },
    },
    {
      path: '/my-photos',
      name: 'my-photos',
      component: () => import('./uploads/MyPhotosView.vue'),
      meta: { title: 'app.myPhotos', signedIn: true },
    },
    {
      path: '/negative-reviews',
      name: 'negative-reviews',
      component: () => import('./reviews/NegativeReviewsView.vue'),
      meta: { title: 'reviews.negative', signedIn: true },
    },
    {
      path: '/account',
      name: 'account',
      component: () => import('./session/AccountView.vue'),
      meta: { title: 'app.account', signedIn: true },
    },
    {
      path: '/sign-in',
      name: 'sign-in',
      component: () => import('./session/SignInView.vue'),
      meta: { title: 'session.signIn' },
    },
    {
      path: '/sign-up',
      name: 'sign-up',
      component: () => import('./session/SignUpView.vue'),
      meta: { title: 'session.signUp' },
    },
    {
      path: '/confirm',
      name: 'confirm',
      component: () => import('./session/ConfirmView.vue'),
      meta: { title: 'session.confirm' },
    },
    {
      path: '/forgot-password',
      name: 'forgot-password',
      component: () => import('./session/ForgotPasswordView.vue'),
      meta: { title: 'session.forgotPassword' },
    },
    {
      path: '/:path(.*)*',
      name: 'not-found',
      component: () => import('./views/NotFoundView.vue'),
      meta: { title: 'notFound.title' },
    },
  ],
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
});

router.beforeEach(async (to) => {
  if (!to.meta.signedIn) return true;
  await session.restore();
  return signedIn.value || signInFirst(to);
});

router.afterEach(async (to, from, failure) => {
  if (failure || to.path === from.path) return;
  if (to.meta.title) setTitle(t(to.meta.title));
  // The first page is read from its top, as any page is.
  if (from.matched.length === 0) return;
  await nextTick();
  focusHeading();
});

/** What only they may see is left when a session ends. */
session.onEnd(() => {
  const { currentRoute } = router;
  if (currentRoute.value.meta.signedIn) void router.replace(signInFirst(currentRoute.value));
});

const signInFirst = ({ fullPath }: RouteLocationNormalized) => ({ name: 'sign-in', query: { return: fullPath } });

/** Takes screen readers and the keyboard to the new page, as a browser does that loads one. */
function focusHeading(): void {
  const heading = document.querySelector<HTMLElement>('main h1') ?? document.querySelector<HTMLElement>('main');
  heading?.focus({ preventScroll: true });
}
