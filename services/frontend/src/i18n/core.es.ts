import type { Translation } from './catalogue.ts';
import type { messages as english } from './core.en.ts';

export const messages: Translation<typeof english> = {
  'app.name': 'Happy Path',
  'app.skip': 'Ir al contenido',
  'app.navigation': 'Principal',
  'app.places': 'Lugares',
  'app.myPhotos': 'Mis fotos',
  'app.signIn': 'Iniciar sesión',
  'app.signOut': 'Cerrar sesión',
  'app.signedInAs': 'Sesión de {email}',
  'app.language': 'Idioma',
  'app.loading': 'Cargando…',
  'app.retry': 'Reintentar',
  'app.dismiss': 'Cerrar',
  'app.notifications': 'Mensajes',
};
