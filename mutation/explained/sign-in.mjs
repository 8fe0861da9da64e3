// Survivors that somebody has looked at: file of the room, then the text before and after, then why no test can or need notice.
export default {
  'challenges.ts': {
    '() => new StoreUnavailableException() → () => undefined': 'whatever the deadline rejects with, the same refusal is made of it',
  },
  'sign-in-pipeline.ts': {
    '\'vetoed\' → ""': 'never leaves the file: what is thrown on is the refusal',
  },
  'sign-in.service.ts': {
    'found === null → false': 'who is not found is not right here either: others were answered a line before',
  },
  'sign-out.service.ts': {
    'refreshToken === undefined → false': 'nothing is no refresh token either',
    'cookie === null → false': 'no cookie is none of ours either',
  },
};
