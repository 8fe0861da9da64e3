/** base64url without padding (RFC 4648 section 5). */
export function toBase64url(data: string | Uint8Array): string {
  return (
    typeof data === 'string' ? Buffer.from(data, 'utf8') : Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  ).toString('base64url');
}

/**
 * The bytes, or `null` unless `text` is exactly what {@link toBase64url} makes of them: no padding, no foreign characters, no
 * stray bits at the end. One value thus has one spelling, and a re-encoded twin of a token is no token.
 */
export function fromBase64url(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : null;
}
