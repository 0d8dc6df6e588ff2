import { type ApiAnswer, Visitor } from '../../local/src/visitor.ts';
import { type OpenApi, openApiOf } from '../contract/open-api.ts';
import { site } from '../engine-fixture.ts';

const backend = openApiOf('backend');

/** A visitor for whom every answer of the API must be what openapi.yaml says. */
export class CheckedVisitor extends Visitor {
  static override async signUp(): Promise<CheckedVisitor> {
    const { token } = await Visitor.signUp(site);
    return new CheckedVisitor(site, token);
  }

  /** The document of the API that answers. */
  protected get api(): OpenApi {
    return backend;
  }

  override async send(
    method: string,
    path: string,
    body?: string,
    headers?: Record<string, string>,
  ): Promise<ApiAnswer> {
    const answer = await super.send(method, path, body, headers);
    const route = path.split('?')[0] ?? '';
    const problems = this.api.answerProblems(
      method,
      route,
      answer.status,
      answer.headers.get('content-type') ?? '',
      answer.text,
    );
    if (problems.length > 0) throw new Error(`${method} ${path} is not as documented: ${problems.join('; ')}`);
    return answer;
  }
}
