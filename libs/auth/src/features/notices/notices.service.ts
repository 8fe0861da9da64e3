import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { deviceOf } from '../../core/accounts/device-name.js';
import type { AuthEvent } from '../../core/events/auth-event.js';
import { AuthEvents } from '../../core/events/auth-events.js';
import {
  SessionReuseDetectedEvent,
  SignInSucceededEvent,
  UserLockedEvent,
  UserPasswordChangedEvent,
  UserPasswordResetEvent,
} from '../../core/events/auth.events.js';
import { MailComposer } from '../../core/mail/mail-composer.js';
import { MailKinds } from '../../core/mail/mail-kinds.js';
import { MailLimits } from '../../core/mail/mail-limits.js';
import { MailService } from '../../core/mail/mail.service.js';
import { SendsMail } from '../../core/mail/sends-mail.decorator.js';
import { AuditLog } from '../../core/ports/audit-log.js';
import type { Mail } from '../../core/ports/mail-transport.js';
import { UserRepository } from '../../core/ports/user.repository.js';
import { NOTICE_PLACEHOLDERS, NOTICE_WORDINGS, type NoticeKind } from './notices.mail.js';
import { NOTICES_OPTIONS, type NoticesModuleOptions, type ResolvedNoticesOptions } from './notices.options.js';

/** Written in the unit of work of the event: the address is the one of that moment, whoever changes it before the mail is composed. */
type NoticeJob = { to: string; userId: string; at: number; userAgent: string | null };

interface Notice {
  option: keyof NoticesModuleOptions;
  kind: NoticeKind;
  /** Types of events. */
  events: readonly string[];
}

const NOTICES: readonly Notice[] = [
  {
    option: 'passwordChanged',
    kind: 'notice.password-changed',
    events: [UserPasswordChangedEvent.type, UserPasswordResetEvent.type],
  },
  { option: 'newDevice', kind: 'notice.new-device', events: [SignInSucceededEvent.type] },
  { option: 'locked', kind: 'notice.locked', events: [UserLockedEvent.type] },
  { option: 'sessionReuse', kind: 'notice.session-reuse', events: [SessionReuseDetectedEvent.type] },
];

/** Earlier sessions that a device is looked for in. */
const REMEMBERED_SESSIONS = 100;
/** Milliseconds. */
const DAY = 86_400_000;
/** The mail with the way out of a hard stop. */
const UNLOCK_MAIL = 'unlock';

/** Tells the owner of an account what happened to it, by a mail that is committed together with what it tells of. */
@Injectable()
@SendsMail('NoticesModule')
export class NoticesService implements OnModuleInit {
  constructor(
    @Inject(NOTICES_OPTIONS) private readonly options: ResolvedNoticesOptions,
    private readonly users: UserRepository,
    private readonly audit: AuditLog,
    private readonly mail: MailService,
    private readonly composer: MailComposer,
    private readonly kinds: MailKinds,
    private readonly limits: MailLimits,
    private readonly events: AuthEvents,
  ) {}

  onModuleInit(): void {
    for (const { option, kind, events } of NOTICES) {
      this.kinds.register({
        kind,
        wording: NOTICE_WORDINGS[kind],
        placeholders: NOTICE_PLACEHOLDERS,
        compose: (job) => this.compose(kind, job as NoticeJob),
      });
      if (!this.options[option]) continue;
      for (const type of events) this.events.recordWith(type, (event) => this.tell(kind, event));
    }
  }

  private async tell(kind: NoticeKind, event: AuthEvent): Promise<void> {
    const { userId, at, userAgent } = event;
    if (userId === null || !(await this.isNews(event))) return;
    const user = await this.users.findById(userId);
    if (user === null) return;
    const job: NoticeJob = { to: user.email, userId, at, userAgent };
    await this.mail.queue({ kind, job, userId, client: event, dedupKey: dedupKeyOf(event) });
  }

  private async isNews(event: AuthEvent): Promise<boolean> {
    if (event instanceof SignInSucceededEvent) return this.isNewDevice(event);
    // Whoever gets the link out of a hard stop learns of it by that mail.
    const isHardStop = event instanceof UserLockedEvent && event.data.reason === 'hard_stop';
    return !isHardStop || this.kinds.get(UNLOCK_MAIL) === undefined;
  }

  /** Of the first session there is nothing to compare: that is whoever made the account. */
  private async isNewDevice({ userId, sessionId, userAgent }: SignInSucceededEvent): Promise<boolean> {
    const created = await this.audit.find({ userId: userId!, event: 'session.created', limit: REMEMBERED_SESSIONS });
    const earlier = created.filter((entry) => entry.sessionId !== sessionId);
    const device = deviceOf(userAgent);
    return earlier.length > 0 && !earlier.some((entry) => deviceOf(entry.userAgent) === device);
  }

  /** Limits are counted here, off the request; a notice that is too many is dropped. */
  private async compose(kind: NoticeKind, { to, userId, at, userAgent }: NoticeJob): Promise<Mail | null> {
    if (!(await this.limits.allows({ kind, recipient: to }))) return null;
    const user = await this.users.findById(userId);
    const when = `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
    return this.composer.compose(kind, { to, user, values: { when, device: deviceOf(userAgent) ?? 'unknown' } });
  }
}

/** Two sign-ins at once on one new device are both news; one mail a day says so. */
function dedupKeyOf(event: AuthEvent): string | undefined {
  if (!(event instanceof SignInSucceededEvent)) return undefined;
  return [event.userId, deviceOf(event.userAgent), Math.floor(event.at / DAY)].join('\n');
}
