import { ApplicationConfig } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { AuthConfigurationError } from '../errors/auth-configuration.error.js';
import type { AuthModuleOptions } from '../options/auth.options.js';
import type { MailWordings } from '../options/mail.options.js';
import { resolveAuthOptions } from '../options/resolve-auth-options.js';
import type { AuthUser } from '../ports/user.repository.js';
import { MailComposer, type MailContent } from './mail-composer.js';
import { MailKinds } from './mail-kinds.js';
import type { MailParts } from './mail-layout.js';

const WORDING: MailWordings = {
  en: {
    subject: '{inviter} invites you to {app}',
    heading: 'You are invited',
    paragraphs: ['{inviter} would like to see you at {app}.', 'The link works until {until}.'],
    button: 'Accept',
    footer: 'If you know nothing of this, do nothing.',
    unnamed: 'A user',
  },
};

function composer(options: Partial<AuthModuleOptions> = {}, wording = WORDING): MailComposer {
  const kinds = new MailKinds();
  kinds.register({ kind: 'invitation', wording, placeholders: ['inviter', 'until'], compose: async () => null });
  const resolved = resolveAuthOptions({
    secret: 'kX3vQ9rT7mZ2wB8nL5pJ1sD6fG4hY0cA-test-only',
    baseUrl: 'https://app.example.com/shop/',
    appName: 'Shop & <Co>',
    environment: 'test',
    ...options,
  });
  const made = new MailComposer(resolved, kinds, new ApplicationConfig());
  made.onApplicationBootstrap();
  return made;
}

const content: MailContent = {
  to: 'ada@example.com',
  user: null,
  names: { inviter: 'Grace' },
  values: { until: '2026-12-01' },
  link: 'https://app.example.com/shop/invitations#selector.secret',
};
const problemOf = (options: Partial<AuthModuleOptions>, wording = WORDING): string => {
  try {
    composer(options, wording);
  } catch (error) {
    if (error instanceof AuthConfigurationError) return error.message;
    throw error;
  }
  return 'none';
};

describe('MailComposer', () => {
  it('says the same as text and as HTML', () => {
    const mail = composer().compose('invitation', content);

    expect(mail.to).toBe('ada@example.com');
    expect(mail.subject).toBe('Grace invites you to Shop & <Co>');
    expect(mail.text).toBe(
      [
        'You are invited',
        'Grace would like to see you at Shop & <Co>.',
        'The link works until 2026-12-01.',
        'Accept:\nhttps://app.example.com/shop/invitations#selector.secret',
        'If you know nothing of this, do nothing.',
        'Shop & <Co>\n',
      ].join('\n\n'),
    );
    expect(mail.html).toContain('Grace would like to see you at Shop &amp; &lt;Co&gt;.');
    expect(mail.html).toContain('href="https://app.example.com/shop/invitations#selector.secret"');
    expect(mail.html).toContain('prefers-color-scheme:dark');
    expect(mail.html).not.toMatch(/<(img|script|link|iframe)\b/);
  });

  it('builds links from baseUrl, with the token in the fragment', () => {
    expect(composer().link('/auth/reset', 'a.b')).toBe('https://app.example.com/shop/auth/reset#a.b');
  });

  it.each([
    '<a href="https://evil.example">click</a>',
    '"><script>alert(1)</script>',
    'Grace\r\nBcc: mallory@evil.example\r\n\r\n<h1>hi',
    '{until} {app} {secret}',
    "'onmouseover='x",
  ])('makes nothing but a name of %j', (name) => {
    const mail = composer().compose('invitation', { ...content, names: { inviter: name } });
    const plain = composer().compose('invitation', content);

    expect(mail.subject).not.toMatch(/\p{Cc}/u);
    expect(mail.html.match(/<[^>]+>/g)).toEqual(plain.html.match(/<[^>]+>/g));
    expect(mail.text.split('\n')).toHaveLength(plain.text.split('\n').length);
    expect(mail.html + mail.text).not.toContain('mallory@');
  });

  it('does not fill in what a value says in braces', () => {
    const mail = composer().compose('invitation', { ...content, names: { inviter: '{until}' } });

    expect(mail.subject).toContain('{until}');
  });

  it.each([null, undefined, '', ' ', 'mallory@evil.example'])('has a word for the name %j', (name) => {
    expect(composer().compose('invitation', { ...content, names: { inviter: name } }).subject).toMatch(/^A user invites/);
  });

  it('fails rather than send a mail with a hole', () => {
    expect(() => composer().compose('invitation', { ...content, values: {} })).toThrow(/no value for \{until\}/);
  });

  describe('wording', () => {
    const de = {
      subject: 'Einladung zu {app}',
      heading: 'Einladung',
      paragraphs: ['{inviter} lädt dich ein, bis {until}.'],
      button: 'Annehmen',
      footer: 'Sonst tu nichts.',
      unnamed: 'Jemand',
    };

    it('is replaced field by field', () => {
      const mail = composer({ mailWording: { invitation: { en: { subject: 'Come!' } } } }).compose('invitation', content);

      expect(mail.subject).toBe('Come!');
      expect(mail.text).toContain('You are invited');
    });

    it('is chosen by the language of the user, its region left out if need be, else English', () => {
      const spoken = composer({ mailWording: { invitation: { de } } });
      const subject = (language: unknown) =>
        spoken.compose('invitation', { ...content, user: { language } as unknown as AuthUser }).subject;

      expect(['de', 'de-AT', 'DE_ch', 'fr', undefined, 7].map(subject)).toEqual([
        ...Array<string>(3).fill('Einladung zu Shop & <Co>'),
        ...Array<string>(3).fill('Grace invites you to Shop & <Co>'),
      ]);
    });

    it('is chosen by mailLanguage when there is one, and by the mail itself before all', () => {
      const spoken = composer({ mailWording: { invitation: { de } }, mailLanguage: (user) => (user === null ? 'de' : undefined) });

      expect(spoken.compose('invitation', content).html).toContain('lang="de"');
      expect(spoken.compose('invitation', { ...content, language: 'en' }).html).toContain('lang="en"');
    });

    it('stops the start of an application when it names what the mail does not have', () => {
      const message = problemOf({ mailWording: { invitation: { en: { footer: 'Hi {name}' } } } });

      expect(message).toContain('mailWording.invitation.en');
      expect(message).toContain('{name}');
      expect(message).toContain('{inviter}, {until}, {app}');
    });

    it.each<[string, AuthModuleOptions['mailWording'], RegExp]>([
      ['is of an unknown kind', { invitatoin: { en: { subject: 'x' } } }, /Did you mean invitation/],
      ['has an unknown field', { invitation: { en: { subjct: 'x' } as object } }, /subjct.*is not an option/],
      ['is half a language', { invitation: { de: { subject: 'x' } } }, /invitation\.de\.button.*missing/],
      ['has a paragraph that is no text', { invitation: { en: { paragraphs: [1] as unknown as string[] } } }, /paragraphs/],
      ['is under no language', { invitation: { 'not a tag': { subject: 'x' } } }, /not under a language/],
      ['is no object', { invitation: 'x' as unknown as object as never }, /is not an object/],
    ])('stops the start of an application when it %s', (_, mailWording, problem) => {
      expect(problemOf({ mailWording })).toMatch(problem);
    });
  });

  it('takes a layout of the host, which is given plain text', () => {
    class OwnLayout extends MailComposer {
      protected override render({ paragraphs, button }: MailParts): { text: string; html: string } {
        return { text: paragraphs.join(' | '), html: `<b>${button?.url}</b>` };
      }
    }
    const base = composer();
    const own = new OwnLayout(base['options'], base['kinds'], base['application']).compose('invitation', content);

    expect(own.text).toBe('Grace would like to see you at Shop & <Co>. | The link works until 2026-12-01.');
    expect(own.html).toContain(content.link);
  });
});

describe('MailKinds', () => {
  it('takes each name once, and no odd ones', () => {
    const kinds = new MailKinds();
    kinds.register({ kind: 'notice.locked', compose: async () => null });

    expect(() => kinds.register({ kind: 'notice.locked', compose: async () => null })).toThrow(/twice/);
    const wording = { de: { subject: 'Hallo', paragraphs: ['Hallo'] } };
    expect(() => kinds.register({ kind: 'news', wording, compose: async () => null })).toThrow(/no English/);
    for (const kind of ['', 'Reset', 'a b', 'a'.repeat(65)]) {
      expect(() => kinds.register({ kind, compose: async () => null })).toThrow(TypeError);
    }
  });
});
