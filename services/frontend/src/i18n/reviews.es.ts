import type { Translation } from './catalogue.ts';
import type { messages as english } from './reviews.en.ts';

export const messages: Translation<typeof english> = {
  'reviews.title': 'Opiniones',
  'reviews.jump': 'Ir a las opiniones',
  'reviews.stars': { one: '{count} de 5 estrellas', other: '{count} de 5 estrellas' },
  'reviews.more': 'Mostrar más opiniones',
  'reviews.none': 'Aún no hay opiniones',
  'reviews.noneAdvice': '¿Has estado aquí? Sé la primera persona en contar cómo te fue.',
  'reviews.signInAdvice': 'Entra para contar cómo te fue.',

  'reviews.showOriginal': 'Mostrar el original ({language})',
  'reviews.showOriginalUnnamed': 'Mostrar el original',
  'reviews.showTranslation': 'Mostrar la traducción ({language})',
  'reviews.translated': 'Traducción automática.',
  'reviews.beingTranslated': 'Se está traduciendo.',
  'reviews.untranslated': 'En {language}; no hay traducción.',
  'reviews.unknownLanguage': 'No hay traducción.',
  'reviews.photosPending': {
    one: 'Se está procesando {count} foto.',
    other: 'Se están procesando {count} fotos.',
  },
  'reviews.photoRefused': 'Una foto no se muestra. {reason}',

  'reviews.write': 'Escribir una opinión',
  'reviews.rating': '¿Qué tal fue?',
  'reviews.ratingMissing': 'Elige de una a cinco estrellas.',
  'reviews.text': '¿Cómo te fue?',
  'reviews.used':
    '{used} de {limit} bytes. La mayoría de letras ocupan uno; las acentuadas, dos; los emojis, cuatro o más.',
  'reviews.language': 'Idioma en que escribes',
  'reviews.detectLanguage': 'Detectarlo por el texto',
  'reviews.addPhotos': 'Añadir hasta {count} fotos',
  'reviews.post': 'Publicar la opinión',
  'reviews.posted': 'Tu opinión está publicada.',
  'reviews.stay': 'Tu opinión está publicada. No dejes esta página hasta que se envíen las fotos.',
  'reviews.close': 'Cerrar',

  'reviews.delete': 'Eliminar',
  'reviews.deleteNamed': 'Eliminar tu opinión del {time}',
  'reviews.deleteQuestion': '¿Eliminar esta opinión?',
  'reviews.deleteAdvice': 'Desaparece para todos de inmediato, con sus fotos, y no se puede recuperar.',
  'reviews.keep': 'Conservarla',
  'reviews.deleted': 'La opinión se ha eliminado.',
  'reviews.notDeleted': 'La opinión no se ha podido eliminar. {reason}',

  'reviews.negative': 'Opiniones negativas',
  'reviews.negativeLead': 'Las de todos los lugares, de la más nueva a la más antigua.',
  'reviews.negativeNone': 'Nadie está descontento',
  'reviews.managersOnly':
    'Solo los responsables pueden leer esta página. Si acabas de serlo, cierra la sesión y vuelve a entrar.',
  'reviews.notHere': 'Aquí no hay opiniones.',
  'reviews.sure': 'negativa, seguridad del {percent}',
};
