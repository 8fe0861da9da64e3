import type { MailWordings } from '../../core/options/mail.options.js';

/** Purpose of the token, kind of the mail and route. */
export const UNLOCK = 'unlock';

export const UNLOCK_WORDING: MailWordings = {
  en: {
    subject: 'Your account is locked',
    heading: 'Your account is locked',
    paragraphs: [
      'Somebody tried too many wrong passwords for your account at {app}, so that nobody can sign in to it now. Sessions that you have go on.',
      'The link unlocks it. It works once, for {minutes} minutes; setting a new password unlocks it as well.',
    ],
    button: 'Unlock my account',
    footer: 'If it was not you, choose a new password once you are in.',
  },
};
