// Secrets that are known to whoever looks for them, in whatever they may have been turned into.

const BASE64URL = /^[\w-]+$/;

export class SecretMarkers {
  #all = new Map();

  /**
   * @param {string} name for people
   * @param {string} value unlike anything else, at least 16 characters
   * @param {'never' | 'issued' | 'mailed'} kind what may be said to whom: to nobody, in the answer that issues it, in a mail
   */
  add(name, value, kind) {
    if (typeof value !== 'string' || value.length < 16) throw new Error(`“${name}” is too short to be recognised`);
    if (!this.#all.has(value)) this.#all.set(value, { name, kind, forms: formsOf(value) });
  }

  /** A token of ours with the part that makes it one; what comes before it are names. */
  addToken(name, token, kind) {
    this.add(name, token, kind);
    this.add(`${name}, its last part`, token.split('.').at(-1), kind);
  }

  get size() {
    return this.#all.size;
  }

  /** @returns one sentence for each secret of these kinds that is in the text */
  find(text, kinds) {
    const hits = [];
    for (const { name, kind, forms } of this.#all.values()) {
      if (!kinds.includes(kind)) continue;
      const form = Object.entries(forms).find(([, encoded]) => text.includes(encoded));
      if (form !== undefined) hits.push(`${name} (${form[0]})`);
    }
    return hits;
  }
}

/** The value, and every encoding of it that somebody could read it from. */
function formsOf(value) {
  const bytes = Buffer.from(value, 'utf8');
  const forms = {
    plain: value,
    hex: bytes.toString('hex'),
    HEX: bytes.toString('hex').toUpperCase(),
    'URL-encoded': encodeURIComponent(value),
  };
  for (const [shift, core] of inBase64(bytes).entries()) {
    forms[`base64, shifted by ${shift}`] = core;
    forms[`base64url, shifted by ${shift}`] = core.replaceAll('+', '-').replaceAll('/', '_');
  }
  if (BASE64URL.test(value)) {
    const decoded = Buffer.from(value, 'base64url');
    forms['decoded, hex'] = decoded.toString('hex');
    forms['decoded, base64'] = decoded.toString('base64').replaceAll('=', '');
  }
  return forms;
}

/** What is the same in the base64 of any text that holds the bytes, for each of the three places where they may begin. */
function inBase64(bytes) {
  return [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replaceAll('=', '');
    // The first characters hold bits of what comes before, the last one of what comes after.
    return encoded.slice(shift === 0 ? 0 : shift + 1, (shift + bytes.length) % 3 === 0 ? undefined : -1);
  });
}
