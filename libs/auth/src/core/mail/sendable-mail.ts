import { foldEmail, isEmailAddress } from '../../common/email-address.js';
import { type Mail, MailRejectedError } from '../ports/mail-transport.js';

/**
 * The message, when it goes to exactly one mailbox and its headers are one line each.
 *
 * @throws MailRejectedError else: nothing that anybody types becomes a header or a second recipient
 */
export function sendable(mail: Mail): Mail {
  if (typeof mail.to !== 'string' || /[\s,;<>]/.test(mail.to) || !isEmailAddress(foldEmail(mail.to))) {
    throw new MailRejectedError('The recipient is not one e-mail address');
  }
  if (mail.subject === '' || /\p{Cc}/u.test(mail.subject)) throw new MailRejectedError('The subject is empty or not one line');
  return mail;
}
