// Survivors that somebody has looked at: file of the room, then the text before and after, then why no test can or need notice.
export default {
  'access-token-keys.ts': {
    'ring?.version ?? 0 → ring?.version && 0': 'the first look follows the ring then, to the keys that are there',
    '{ this.followRing(); return this.byHeader.get(header); } → {}': 'the longer way, by the `kid`, leads to the same key',
    'this.generation++ → this.generation--': 'that it is another number is what counts',
    '[key.header, key] → []': 'the longer way, by the `kid`, leads to the same key',
  },
  'access-token-verifier.ts': {
    "typeof value === 'number' && Number.isFinite(value) → typeof value === 'number' || Number.isFinite(value)":
      'JSON has no number that is none; what has no end is refused by the times beside it',
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
    'bytes === null → false': 'what is null has no text, and is refused for that',
  },
  'jwk.ts': {
    '\'\' → "Stryker was here!"': 'neither is the name of a kind of key',
    'members === undefined → false': 'a key that is none fails a line later',
  },
  'jws.ts': {
    'signature.byteLength === 64 → true': 'OpenSSL refuses a signature of another length itself',
  },
};
