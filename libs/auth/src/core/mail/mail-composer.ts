import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import { AuthConfigurationError } from '../errors/auth-configuration.error.js';
import { AUTH_OPTIONS, type ResolvedAuthOptions } from '../options/auth.options.js';
import type { LinkTarget } from '../options/link-target.js';
import type { Mail } from '../ports/mail-transport.js';
import type { AuthUser } from '../ports/user.repository.js';
import { displayName, oneLine } from './display-name.js';
import { MailKinds } from './mail-kinds.js';
import { mailHtml, type MailParts, mailText } from './mail-layout.js';
import { mailLink } from './mail-link.js';
import { APP_PLACEHOLDER, changedWordings, filled, languageOf, wordingProblems } from './mail-wording.js';
import { servedPath } from './served-path.js';

/** Long enough for every address. */
const MAX_VALUE = 320;
/** RFC 5322 section 2.1.1 allows 998; subjects that people read are shorter. */
const MAX_SUBJECT = 200;

export interface MailContent {
  /** The stored address. */
  to: string;
  /** Whose mail it is, for its language; `null` when the address has no account. */
  user: AuthUser | null;
  /** Wins over the user's. */
  language?: string;
  /** Placeholders that people have chosen: shown as `displayName` makes them, or as the wording's `unnamed`. */
  names?: Readonly<Record<string, string | null | undefined>>;
  /** Placeholders that are ours: times, addresses of the account itself, device names. Made one line. */
  values?: Readonly<Record<string, string | number>>;
  /** Where the button leads, see {@link MailComposer.link}. */
  link?: string;
}

/**
 * Makes mail of wordings: a text and an HTML part that say the same. Extend it and pass it in `overrides` for another layout
 * (`render`) or for mail that comes from elsewhere altogether (`compose`).
 */
@Injectable()
export class MailComposer implements OnApplicationBootstrap {
  constructor(
    @Inject(AUTH_OPTIONS) protected readonly options: ResolvedAuthOptions,
    protected readonly kinds: MailKinds,
    protected readonly application: ApplicationConfig,
  ) {}

  /** @throws AuthConfigurationError when a wording is incomplete or uses what the mail does not have */
  onApplicationBootstrap(): void {
    const problems = wordingProblems(this.kinds.all, this.options.mailWording);
    if (problems.length > 0) throw new AuthConfigurationError(problems);
  }

  /** @throws TypeError when the kind has no wording, or a placeholder no value */
  compose(kind: string, content: MailContent): Mail {
    const wordings = changedWordings(this.kinds.get(kind)?.wording ?? {}, this.options.mailWording[kind]);
    const language = languageOf(wordings, content.language ?? this.languageFor(content.user));
    const wording = wordings[language];
    if (wording === undefined) throw new TypeError(`The kind of mail "${kind}" has no wording`);

    const { appName } = this.options;
    const values = new Map<string, string>([[APP_PLACEHOLDER, oneLine(appName)]]);
    for (const [name, value] of Object.entries(content.values ?? {})) values.set(name, oneLine(String(value), MAX_VALUE));
    for (const [name, value] of Object.entries(content.names ?? {})) {
      values.set(name, displayName(value) || (wording.unnamed ?? 'somebody'));
    }
    const fill = (text: string): string => oneLine(filled(text, values));
    const fillIfAny = (text: string | undefined): string | undefined => (text === undefined ? undefined : fill(text));
    const parts: MailParts = {
      language,
      app: oneLine(appName),
      subject: oneLine(fill(wording.subject), MAX_SUBJECT),
      heading: fillIfAny(wording.heading),
      paragraphs: wording.paragraphs.map(fill),
      button: content.link === undefined ? undefined : { label: fill(wording.button ?? wording.subject), url: content.link },
      footer: fillIfAny(wording.footer),
    };
    return { to: content.to, subject: parts.subject, ...this.render(parts) };
  }

  /**
   * A link of the application: `baseUrl`, the page's path and, behind `#`, the token. Never made of a request's headers.
   *
   * @param page a path below `baseUrl`, or where a room's links lead, which by default is where Nest serves its page
   */
  link(page: string | LinkTarget, token: string): string {
    if (typeof page === 'string') return mailLink(this.options.baseUrl, page, token);
    const path = page.isDefault ? servedPath(this.application, page.path) : page.path;
    return mailLink(this.options.baseUrl, path, token);
  }

  /** Both parts of a mail. What is in `parts` is plain text: HTML escapes all of it. */
  protected render(parts: MailParts): { text: string; html: string } {
    return { text: mailText(parts), html: mailHtml(parts) };
  }

  /** The option `mailLanguage`, else a property `language` of the user's entity. */
  protected languageFor(user: AuthUser | null): string | undefined {
    const chosen = this.options.mailLanguage?.(user);
    const own = chosen ?? (user as { language?: unknown } | null)?.language;
    return typeof own === 'string' ? own : undefined;
  }
}
