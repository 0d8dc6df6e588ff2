import { openApi } from './open-api-document.ts';

export type { DocumentNode, Operation, Parameter } from './open-api-document.ts';

/** The backend's document. */
export const { document, operations, operationOf, child, schemaProblems, answerProblems, headerProblems, examplesIn } =
  openApi('backend');
