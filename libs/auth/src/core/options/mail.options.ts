import type { AuthUser } from '../ports/user.repository.js';

/**
 * What one kind of mail says in one language, as plain text. `{placeholders}` stand for what the kind of mail offers, `{app}` for `appName`.
 */
export interface MailWording {
  subject: string;
  heading?: string;
  /** Before the button. */
  paragraphs: readonly string[];
  /** Label of the link. */
  button?: string;
  /** Small print at the end. */
  footer?: string;
  /** Stands for a name that is missing or cannot be shown. @default 'somebody' */
  unnamed?: string;
}

/** By language, e.g. `en`, `de` or `pt-BR`. */
export type MailWordings = Readonly<Record<string, MailWording>>;

/** By language. What is left out stays as it is; a language that the room does not speak is given whole. */
export type MailWordingChanges = Readonly<Record<string, Partial<MailWording>>>;

/** The language of a mail to `user`; `null` when the address has no account. */
export type MailLanguage = (user: AuthUser | null) => string | undefined;
