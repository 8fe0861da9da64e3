import { readFileSync, writeFileSync } from 'node:fs';
import { Clock } from 'nestjs-latchkey';
import { EmailChangeModule } from 'nestjs-latchkey/email-change';
import { EmailConfirmationModule } from 'nestjs-latchkey/email-confirmation';
import { InvitationModule } from 'nestjs-latchkey/invitation';
import { MagicLinkModule } from 'nestjs-latchkey/magic-link';
import { PasswordResetModule } from 'nestjs-latchkey/password-reset';
import { RolesModule } from 'nestjs-latchkey/roles';
import { SettableClock } from 'nestjs-latchkey/testing';
import { format, resolveConfig } from 'prettier';
import { afterEach, describe, expect, it } from 'vitest';
import { type AuthApp, PASSWORD, startAuthApp } from '../auth-app.js';
import { tokenFor } from '../support/mailbox.js';
import { Account, HARD_STOP } from './account.js';
import { type Credential, CREDENTIALS } from './credentials.js';
import { EVENTS, type FlowEvent, type Setting } from './events.js';

const PAGE = 'docs/guides/flows.md';
const TABLE = /(?<=<!-- table:flows -->\n\n)[\s\S]*?(?=\n<!-- \/table -->)/;
const REWRITE = 'WRITE_FLOWS=1 npx vitest run test/flows';

type State = 'lives' | '**dies**' | 'renewed' | 'rests' | '–';

describe('what is alive afterwards', () => {
  let app: AuthApp;
  afterEach(() => app.close());

  const start = async (required: boolean): Promise<Setting> => {
    const clock = new SettableClock();
    app = await startAuthApp({
      mailLimits: false,
      lockout: { maxFailures: HARD_STOP, hardStop: HARD_STOP },
      overrides: [{ provide: Clock, useValue: clock }],
      rooms: [
        RolesModule.forRoot({ roles: { editor: [], member: [] }, defaultRole: 'member' }),
        EmailConfirmationModule.forRoot({ required }),
        EmailChangeModule.forRoot({ notices: false }),
        PasswordResetModule.forRoot(),
        MagicLinkModule.forRoot(),
        InvitationModule.forRoot(),
      ],
    });
    return { app, clock };
  };

  let accounts = 0;
  const measured = async (event: FlowEvent, credential: Credential, setting: Setting): Promise<State> => {
    const { held = 'tokens', whenConfirmed = true } = credential;
    if (event.held !== undefined && event.held !== held) return '–';
    if (!whenConfirmed && event.confirmed === true) return '–';
    const confirmed = event.confirmed ?? whenConfirmed;
    const account = await Account.open(setting.app, { held, confirmed }, (accounts += 1));
    const works = await credential.make(account, setting);
    await event.act(account, setting);
    if (await works()) return 'lives';
    if (await credential.successor?.(account, setting)) return 'renewed';
    if (event.undo === undefined) return '**dies**';
    await event.undo(account, setting);
    return (await works()) ? 'rests' : '**dies**';
  };

  /** In required mode nobody has a session before: what there is are the links of all who have signed up with the address. */
  const requiredRow = async ({ app: required }: Setting): Promise<State[]> => {
    const email = 'ada@example.com';
    await required.signUp(email, PASSWORD).expect(202);
    const first = await tokenFor(required, email);
    await required.signUp(email, PASSWORD).expect(202);
    const confirm = (token: string) => required.http().post('/auth/email/confirm').send({ token });
    await confirm(await tokenFor(required, email)).expect(204);
    const { status } = await confirm(first);
    return CREDENTIALS.map(({ whenConfirmed = true }) => (whenConfirmed ? '–' : status === 204 ? 'lives' : '**dies**'));
  };

  it('is what the guide to flows says', { timeout: 300_000 }, async () => {
    const rows = new Map<string, State[]>();
    const optional = await start(false);
    for (const event of EVENTS) {
      const states: State[] = [];
      for (const credential of CREDENTIALS) states.push(await measured(event, credential, optional));
      rows.set(event.name, states);
    }
    await optional.app.close();
    rows.set('confirmation, required mode', await requiredRow(await start(true)));

    const table = await markdown(rows);
    const page = readFileSync(PAGE, 'utf8');
    if (process.env['WRITE_FLOWS'])
      writeFileSync(
        PAGE,
        page.replace(TABLE, () => table),
      );
    else expect(TABLE.exec(page)?.[0], `Look at the difference; if it is meant, run \`${REWRITE}\``).toBe(table);
  });

  it('is measured by looks that tell a living credential from a dead one', { timeout: 120_000 }, async () => {
    const setting = await start(false);
    const nothing: FlowEvent = { name: 'nothing', act: async () => undefined };
    for (const credential of CREDENTIALS)
      expect([credential.name, await measured(nothing, credential, setting)]).toEqual([credential.name, 'lives']);
    const gone = EVENTS.find(({ name }) => name === 'delete')!;
    for (const credential of CREDENTIALS)
      expect([credential.name, await measured(gone, credential, setting)]).toEqual([credential.name, '**dies**']);
  });
});

async function markdown(rows: ReadonlyMap<string, readonly State[]>): Promise<string> {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  const head = ['', ...CREDENTIALS.map(({ name }) => name)];
  const body = [...rows].map(([name, states]) => line([name, ...states]));
  const text = `${line(head)}${line(head.map(() => '-'))}${body.join('')}`;
  return format(text, { ...(await resolveConfig(PAGE)), parser: 'markdown' });
}
