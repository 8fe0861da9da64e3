// Survivors that somebody has looked at: file of the room, then the text before and after, then why no test can or need notice.
export default {
  'base64url.ts': {
    "typeof data === 'string' → true": 'bytes are copied first, and say the same',
  },
  'sealer.ts': {
    '{ authTagLength: TAG_BYTES } → {}':
      '16 bytes are the default for what is sealed; what is opened always brings the last 16 bytes as its tag',
    'id === undefined → false': 'without an id there is no body either, which is looked at next',
  },
};
