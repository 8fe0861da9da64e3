// Survivors that somebody has looked at: file of the room, then the text before and after, then why no test can or need notice.
export default {
  'known-devices.ts': {
    '\'\' → "Stryker was here!"': 'neither is the value of a device',
  },
  'owner-index.ts': {
    'held !== key → true': 'a set of one key says the same as the key',
  },
  'refresh.service.ts': {
    '\'refreshed\' → ""': 'what is neither lost nor reused was refreshed',
  },
  'revocable-memory.ts': {
    'owner !== undefined → true': 'nobody asks for what belongs to nobody',
    'value !== undefined → false': 'a key that stays with its owner costs a read at most',
  },
  'revocation-message.ts': {
    '{ return []; } → {}': 'what was not read has no revocations either',
  },
  'sessions.service.ts': {
    '\'\' → "Stryker was here!"': 'the issuer puts the secrets in its place',
  },
};
