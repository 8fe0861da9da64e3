import { randomBytes } from 'node:crypto';
import { Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { type Mail, MailComposer, MailKinds, MailService, MailTransport, SendsMail, UnitOfWork } from 'nestjs-latchkey';

/** A room that does nothing but write: one kind of mail, as the rooms of the library have theirs. */
@Injectable()
@SendsMail('NewsRoom')
export class News implements OnModuleInit {
  composed = 0;
  /** Called while a message is composed, inside the unit of work. */
  whileComposing: () => Promise<void> | void = () => undefined;

  constructor(
    private readonly kinds: MailKinds,
    private readonly composer: MailComposer,
    private readonly mail: MailService,
    private readonly units: UnitOfWork,
  ) {}

  onModuleInit(): void {
    this.kinds.register({
      kind: 'news',
      wording: { en: { subject: 'News: {headline}', paragraphs: ['{headline} at {app}.'], button: 'Read' } },
      placeholders: ['headline'],
      compose: (job: { email: string; headline: string }) => this.compose(job),
    });
  }

  /** As a flow does it: in one unit with what causes it. Addresses that begin with `ghost` have no account. */
  async publish(email: string, headline = 'Hello', options: { dedupKey?: string; fails?: boolean } = {}): Promise<void> {
    await this.units.run(async () => {
      await this.mail.queue({ kind: 'news', job: { email, headline }, dedupKey: options.dedupKey });
      if (options.fails === true) throw new Error('rolled back');
    });
  }

  private async compose({ email, headline }: { email: string; headline: string }): Promise<Mail | null> {
    this.composed += 1;
    await this.whileComposing();
    if (email.startsWith('ghost')) return null;
    // Other on every call, as a one-time token is.
    const link = this.composer.link('/news', randomBytes(8).toString('hex'));
    return this.composer.compose('news', { to: email, user: null, names: { headline }, link });
  }
}

@Module({ providers: [News], exports: [News] })
export class NewsRoom {}

/** Sends, fails or hangs, as it is told. */
export class TestTransport extends MailTransport {
  readonly tried: Mail[] = [];
  readonly sent: Mail[] = [];
  /** What happens to a message; an error that is returned is thrown. */
  answer: (mail: Mail) => Promise<Error | void> | Error | void = () => undefined;

  async send(mail: Mail): Promise<void> {
    this.tried.push(mail);
    const error = await this.answer(mail);
    if (error instanceof Error) throw error;
    this.sent.push(mail);
  }

  async verify(): Promise<void> {}
}
