/**
 * Keys for the Idempotency-Key header: the same for every attempt at the same content, so that an answer that got lost does
 * not make a second thing.
 */
export class AttemptKey {
  #content = '';
  #key = '';

  of(content: unknown): string {
    const text = JSON.stringify(content);
    if (this.#content !== text) {
      this.#content = text;
      this.#key = crypto.randomUUID();
    }
    return this.#key;
  }

  /** It has worked: the same content is another thing from now on. */
  done(): void {
    this.#content = '';
  }
}
