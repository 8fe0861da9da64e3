// Survivors that somebody has looked at: file of the room, then the text before and after, then why no test can or need notice.
export default {
  'access-denials.ts': {
    '(error: unknown) => this.logger.warn(`A refusal was not written: ${messageOf(error)}`) → () => undefined': 'a line of the log',
    'last !== undefined → true': 'what is not a number is less than nothing either',
  },
  'access.decorators.ts': {
    'true → false': 'that the mark is there is asked, not what it says',
  },
  'auth-http.interceptor.ts': {
    '{ defaultValue: undefined } → {}': 'what rxjs is not told is undefined',
  },
  'auth-routes.ts': {
    '[...controllers.values()].some( ({ metatype }) => metatype !== null && Reflect.getMetadata(AUTH_CONTROLLER, metatype as object) === true, ) → [...controllers.values()].every(({ metatype }) => metatype !== null && Reflect.getMetadata(AUTH_CONTROLLER, metatype as object) === true)':
      'a room has controllers of ours alone, and a module without any has no routes',
    'metatype !== null → true': 'a controller has a class; the types of Nest allow for more',
  },
  'auth.guard.ts': {
    'request.auth instanceof Authentication → true': 'whoever was admitted after a wait has a session',
    'byHandler === undefined → true': 'what is kept is what would be made again, for more time',
    'access === undefined → true': 'what is kept is what would be made again, for more time',
  },
  'client-reader.ts': {
    'this.deviceCookie === null → false': 'no cookie is called null',
  },
  'http-request.ts': {
    'start < header.length → start <= header.length': 'nothing is left to be read there',
    'equals < stop → equals <= stop': 'at one place there is either `=` or `;`',
    'equals < stop → true': 'what reaches beyond a `;` is nobody’s name',
    "header.startsWith('Bearer ') → false": 'the longer way leads to the same',
  },
  'request-authenticator.ts': {
    'this.cookieName === null → false': 'no cookie is called null',
    '\'base64url\' → ""': 'digests are compared with each other alone',
    'this.keysVersion !== this.tokens.keysVersion → true': 'the cookie is looked at again, with the same end',
    'this.matchedCookies.get(session) === digest → false': 'the cookie is looked at again, with the same end',
  },
  'request-body.ts': {
    '\'\' → "Stryker was here!"': 'neither is the type of JSON',
    "typeof value !== 'object' → false": 'numbers and truths have no members',
    '[] → ["Stryker was here"]': 'a field of that name would be allowed, or a fault of an error that has no children',
  },
};
