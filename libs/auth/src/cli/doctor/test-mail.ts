import { randomUUID } from 'node:crypto';
import type { ChecklistItem } from '../../checklist/checklist.js';
import { withDeadline } from '../../common/deadline.js';
import { MailTransport } from '../../core/ports/mail-transport.js';
import type { Boot } from '../store/boot.js';
import { reasonOf } from '../store/reason.js';

/** Milliseconds. */
const DEADLINE = 15_000;

const TEXT = 'This is a test of the mail of your application. Whoever asked for it need do nothing more.';

/** Sends one mail, past the outbox, and says what became of it. */
export async function sendTestMail(application: Boot, to: string): Promise<ChecklistItem> {
  const transport = application.find(MailTransport);
  if (transport === undefined) return item('The application has no mail transport.');
  if (transport.facts?.().kind === 'printed') return item('Mail of this application goes to its log and reaches nobody.');
  const mail = { id: randomUUID(), to, subject: 'Test of the mail', text: TEXT, html: `<p>${TEXT}</p>` };
  try {
    await withDeadline(transport.send(mail), DEADLINE, () => new Error(`no answer within ${DEADLINE / 1000} seconds`));
    return item(null);
  } catch (error) {
    return item(`The mail could not be sent: ${reasonOf(error)}`);
  }
}

function item(problem: string | null): ChecklistItem {
  const findings =
    problem === null ? [] : [{ option: 'mail', problem, remedy: 'Check the transport, its address and its credentials.' }];
  return {
    ...{ id: 'mail.test', severity: 'refuse', status: problem === null ? 'passed' : 'failed', option: 'mail' },
    ...{
      title: 'The test mail was not sent.',
      why: 'Confirmations and resets take the same way.',
      source: '',
      findings,
      reason: null,
    },
  };
}
