import { describe, expect, it } from 'vitest';
import { parseSender, resolveSmtpMailOptions } from './smtp-mail.options.js';

const from = 'noreply@example.com';

describe('parseSender', () => {
  it.each([
    ['noreply@example.com', { name: '', address: 'noreply@example.com' }],
    ['Example <noreply@example.com>', { name: 'Example', address: 'noreply@example.com' }],
    ['"Example, Inc." <noreply@example.com>', { name: 'Example, Inc.', address: 'noreply@example.com' }],
    ['<noreply@example.com>', { name: '', address: 'noreply@example.com' }],
  ])('reads %s', (text, sender) => expect(parseSender(text)).toEqual(sender));

  it.each(['', 'nobody', 'a@b.com, c@d.com', 'A <a@b.com> <c@d.com>', 'A <a@b.com>\r\nBcc: c@d.com', 'A\n<a@b.com>', 7, undefined])(
    'refuses %j',
    (text) => expect(parseSender(text)).toBeNull(),
  );
});

describe('resolveSmtpMailOptions', () => {
  it('reads a URL, its encoded password and its query', () => {
    const { connection } = resolveSmtpMailOptions({ url: 'smtp://user:p%40ss%2F@mail.example.com?name=me&ignoreTLS=false', from });

    expect(connection).toMatchObject({
      host: 'mail.example.com',
      port: 587,
      secure: false,
      auth: { user: 'user', pass: 'p@ss/' },
      name: 'me',
      ignoreTLS: false,
    });
    expect(resolveSmtpMailOptions({ url: 'smtps://mail.example.com', from }).connection).toMatchObject({ port: 465, secure: true });
  });

  it('never sends a password in the clear across a network, unless told to', () => {
    const requireTLS = (url: string) => resolveSmtpMailOptions({ url, from }).connection['requireTLS'];

    expect(requireTLS('smtp://user:password@mail.example.com')).toBe(true);
    expect(requireTLS('smtp://mail.example.com:25')).toBeUndefined();
    expect(requireTLS('smtp://user:password@127.0.0.1:2525')).toBeUndefined();
    expect(requireTLS('smtps://user:password@mail.example.com')).toBeUndefined();
    expect(requireTLS('smtp://user:password@mail.example.com?requireTLS=false')).toBe(false);
  });

  it('waits for a hanging server no longer than a delivery may take', () => {
    const { connection } = resolveSmtpMailOptions({ options: { host: 'mail.example.com' }, from });

    for (const name of ['dnsTimeout', 'connectionTimeout', 'greetingTimeout', 'socketTimeout']) {
      expect(connection[name]).toBeLessThanOrEqual(20_000);
    }
    expect(resolveSmtpMailOptions({ options: { host: 'x', maxConnections: 1 }, from }).connection['maxConnections']).toBe(1);
  });

  it.each([
    undefined,
    {},
    { url: 'http://x', from },
    { url: 'smtp://', from },
    { url: 'smtp://x', options: {}, from },
    { url: 'smtp://x' },
  ])('refuses %j', (options) => expect(() => resolveSmtpMailOptions(options as never)).toThrow(/mail/));
});
