import type { Mail } from '../ports/mail-transport.js';
import type { MailJob } from './mail-kinds.js';

/** What is sealed in a row: what to compose from, then, once composed, the message itself. */
export type OutboxPayload = { userId: string | null } & ({ stage: 'job'; job: MailJob } | { stage: 'mail'; mail: Mail });
