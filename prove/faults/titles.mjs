/** What each fault does, for people. */
export const TITLES = {
  autocommit: 'every statement is committed by itself',
  'check-then-count': 'attempts are looked up before the hash and counted after it',
  'consume-after-look': 'a one-time token is looked up, then removed, and whoever found it has it',
  'logged-mail': 'the text of one mail is written to the log',
  'logged-sign-in': 'the body of one sign-in is written to the log',
  'mail-for-accounts-only': 'mail is queued only when the address has an account',
  'mail-in-request': 'the request waits until its mail has been composed and sent',
  'newest-key-only': 'of the keys in the files the first is taken, and those before it forgotten',
  'no-dummy-hash': 'no hash is computed for accounts that do not exist, and a weaker one is not made up for',
  'no-typ-check': 'the type in the header of an access token is not looked at',
  'redis-only-denylist': 'revoked sessions are remembered in Redis and nowhere else',
  'rotate-after-look': 'the row is read, compared and then written without a condition',
  'state-before-password': 'accounts that nobody may sign in to are refused before the password is looked at',
  'swallowed-mail': 'mail that the server does not take counts as sent',
  'taken-before-password': 'a sign-up with a taken address is answered before its password is hashed',
  'unread-revocations': 'other processes do not read what was revoked',
};
