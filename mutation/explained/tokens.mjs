// Survivors that somebody has looked at: file of the room, then the text before and after, then why no test can or need notice.
export default {
  'access-token-keys.ts': {
    'ring?.version ?? 0 → ring?.version && 0': 'the first look follows the ring then, to the keys that are there',
    '{ this.followRing(); return this.byHeader.get(header); } → {}': 'the longer way, by the `kid`, leads to the same key',
    'this.generation++ → this.generation--': 'that it is another number is what counts',
    '[key.header, key] → []': 'the longer way, by the `kid`, leads to the same key',
  },
  'access-token-verifier.ts': {
    "typeof value === 'number' → true": '`Number.isFinite` takes nothing but numbers',
    'options.remember ?? DEFAULT_REMEMBERED → options.remember && DEFAULT_REMEMBERED':
      'how many are remembered is cost, which `bench` measures',
    '{ this.memory.delete(token); throw new TokenExpiredException(); } → {}': 'it is judged anew, with the same end',
    'known !== undefined → false': 'it is judged anew, with the same end',
    'token.length > MAX_TOKEN_LENGTH → token.length >= MAX_TOKEN_LENGTH': 'no token of ours is as long',
    'first + 1 → first - 1': 'what is left has no payload, and is refused by its signature or its parts',
    'first < 1 → false': 'no key has an empty header, and none can be read from it',
    'first < 1 → first <= 1': 'no header of ours is one letter long',
    'first < 1 || last <= first + 1 → false': 'an empty header names no key, and an empty payload is no object',
    'first < 1 || last <= first + 1 → first < 1 && last <= first + 1':
      'an empty header names no key, and an empty payload is no object',
    "first < 1 || last <= first + 1 || payload.includes('.') → (first < 1 || last <= first + 1) && payload.includes('.')":
      'a dot is no letter of base64url: such a payload cannot be read',
    "first < 1 || last <= first + 1 || payload.includes('.') → false":
      'a dot is no letter of base64url: such a payload cannot be read',
    'last <= first + 1 → false': 'an empty payload is no object',
    'last <= first + 1 → last < first + 1': 'an empty payload is no object',
    "typeof value !== 'object' → false": 'what is no object has no claims',
    '{ throw new TokenInvalidException(); } → {}': 'what was not read is no object, which is refused next',
    'bytes === null → false': 'what is null has no text, and is refused for that',
  },
  'jwk.ts': {
    '\'\' → "Stryker was here!"': 'neither is the name of a kind of key',
    'members === undefined → false': 'a key that is none fails a line later',
  },
  'jws.ts': {
    'signature.byteLength === 64 → true': 'OpenSSL refuses a signature of another length itself',
  },
  'key-rotation.ts': {
    '[] → ["Stryker was here"]': 'a timer that is none is stopped like others',
    'pair.privateKey === undefined → true': 'of one key there is one private half',
    'signing !== undefined → true': 'the key that signs has its private half',
    'asked === question → true': 'one question more is asked, and the older answer does nothing',
    '\'refresh\' → ""': 'the lead time, which is asked first, refuses it by this name',
  },
  'key-sources.ts': {
    "text.startsWith('{') → text.endsWith('{')": 'a JWK holds no `\\n` to be replaced',
    '\'Write one secret a line, the one that signs first.\' → ""': 'a sentence about a mistake in the configuration',
    '\'Make a pair with `npx nestjs-latchkey generate-keys`.\' → ""': 'a sentence about a mistake in the configuration',
  },
  'one-time-tokens.service.ts': {
    'user === undefined → false': 'without a user there is a subject, or the token is refused',
    'stored.userId === null → false': 'nobody has the id null',
  },
  'signing-key.rules.ts': {
    'kty !== wanted.kty → false': 'the curve, which an RSA key has not, tells as much',
  },
  'static-key-provider.ts': {
    '\'\' → "Stryker was here!"': 'neither is the name of a kind of key',
    '`a key of type ${publicKey.asymmetricKeyType ?? key.type} can not sign tokens.` → ``':
      'a sentence about a mistake in the configuration',
    'publicKey.asymmetricKeyType ?? key.type → publicKey.asymmetricKeyType && key.type':
      'a sentence about a mistake in the configuration',
    'material.trimStart() → material.trimEnd()': 'what stands before a JWK is trimmed by whoever reads it',
    '\'this is neither a PEM nor a JWK key.\' → ""': 'a sentence about a mistake in the configuration',
    'keys !== null → true': 'a text without a key is refused a line later',
    '\'Give every key by itself.\' → ""': 'a sentence about a mistake in the configuration',
    '\'Make a pair with `npx nestjs-latchkey generate-keys`.\' → ""': 'a sentence about a mistake in the configuration',
  },
  'verified-token-memory.ts': {
    'false → true': 'another token is forgotten in its place, which is judged anew when it comes',
    "text.slice(text.lastIndexOf('.') + 1) → text": 'the whole token finds as much, in more time, which `bench` measures',
    'new Array<Entry | undefined>(capacity) → new Array()': 'it grows to the same length',
    'spared === MAX_SPARED → false':
      'what is spared is not in use at the second look: an insertion takes longer, which `bench` measures',
  },
};
