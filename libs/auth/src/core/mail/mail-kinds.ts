import { Injectable } from '@nestjs/common';
import type { MailWordings } from '../options/mail.options.js';
import type { Mail } from '../ports/mail-transport.js';

/** What a message is made from: ids and addresses, never a token. It rests sealed, as JSON. */
export type MailJob = Record<string, unknown>;

/**
 * One kind of message, as its room composes it. Composing happens off the request, inside a unit of work: it may look up accounts and issue
 * tokens. `null` means that nobody is to be written to, which nobody outside learns.
 */
export interface MailKind<Job extends MailJob = MailJob> {
  /** Lower-case letters, digits, `-` and `.`, at most 64. Security notices begin with `notice.` and have their own limits. */
  kind: string;
  /** What it says by default; English at least. Left out by kinds that do without {@link MailComposer}. */
  wording?: MailWordings;
  /** Names that the wording may use in braces besides `{app}`; composing gives each of them a value. */
  placeholders?: readonly string[];
  compose(job: Job): Promise<Mail | null>;
}

const NAME = /^[a-z][a-z0-9.-]{0,63}$/;

/** The kinds of message that this application can compose. Rooms register theirs while they start (`onModuleInit`). */
@Injectable()
export class MailKinds {
  private readonly kinds = new Map<string, MailKind>();

  /** @throws TypeError when the name is taken or is none, or when English is missing */
  register<Job extends MailJob>(kind: MailKind<Job>): void {
    if (!NAME.test(kind.kind)) throw new TypeError(`"${kind.kind}" cannot be the name of a kind of mail`);
    if (this.kinds.has(kind.kind)) throw new TypeError(`The kind of mail "${kind.kind}" is registered twice`);
    if (kind.wording !== undefined && kind.wording['en'] === undefined)
      throw new TypeError(`Mail of kind "${kind.kind}" has no English`);
    this.kinds.set(kind.kind, kind as unknown as MailKind);
  }

  get(kind: string): MailKind | undefined {
    return this.kinds.get(kind);
  }

  get all(): readonly MailKind[] {
    return [...this.kinds.values()];
  }
}
