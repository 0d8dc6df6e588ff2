/**
 * Comprehend's limit for DetectSentiment (Developer Guide, "Guidelines and quotas"). TranslateText takes 10,000 bytes, so
 * whatever is accepted can be translated, too.
 */
export const maxTextBytes = 5000;

/** The beginning of a text, of at most so many bytes in UTF-8; no character is cut in two. */
export function cutToBytes(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  const bytes = Buffer.from(text);
  let end = maxBytes;
  // Bytes 10xxxxxx continue a character.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}
