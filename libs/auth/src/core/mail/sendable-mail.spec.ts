import { describe, expect, it } from 'vitest';
import { MailRejectedError } from '../ports/mail-transport.js';
import { sendable } from './sendable-mail.js';

const mail = { to: 'ada@example.com', subject: 'Hello', text: 'Hello', html: '<p>Hello</p>' };

describe('sendable', () => {
  it('lets one mailbox and one line pass', () => {
    expect(sendable(mail)).toBe(mail);
    expect(sendable({ ...mail, to: 'Ada@Example.com' }).to).toBe('Ada@Example.com');
  });

  it.each([
    'ada@example.com, mallory@example.com',
    'ada@example.com;mallory@example.com',
    'ada@example.com mallory@example.com',
    'Ada <ada@example.com>',
    'ada@example.com\r\nBcc: mallory@example.com',
    'ada@example.com\n',
    'ada',
    '',
    ['ada@example.com'] as unknown as string,
    { address: 'ada@example.com' } as unknown as string,
  ])('refuses the recipient %j', (to) => {
    expect(() => sendable({ ...mail, to })).toThrow(MailRejectedError);
  });

  it.each(['Hello\r\nBcc: mallory@example.com', 'Hello\nx', 'a\u0000b', ''])('refuses the subject %j', (subject) => {
    expect(() => sendable({ ...mail, subject })).toThrow(MailRejectedError);
  });
});
