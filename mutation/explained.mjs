// Survivors that somebody has looked at: file in `libs/auth/src/core`, then the text before and after, then why no test can or need notice.
// An entry whose mutant is gone or is killed by now makes the run of its room fail.
export const EXPLAINED = {
  'crypto/base64url.ts': {
    "typeof data === 'string' → true": 'bytes are copied first, and say the same',
  },
  'crypto/sealer.ts': {
    '{ authTagLength: TAG_BYTES } → {}':
      '16 bytes are the default for what is sealed; what is opened always brings the last 16 bytes as its tag',
    'id === undefined → false': 'without an id there is no body either, which is looked at next',
  },
};
