import { AccountsService } from 'nestjs-latchkey';
import { RolesService } from 'nestjs-latchkey/roles';
import type { SettableClock } from 'nestjs-latchkey/testing';
import type { AuthApp } from '../auth-app.js';
import { Account, type Held } from './account.js';

export const NEW_PASSWORD = 'a wholly different sentence';

export interface Setting {
  app: AuthApp;
  clock: SettableClock;
}

/** A row of the table. */
export interface FlowEvent {
  name: string;
  /** Whether the address is confirmed before; left out where it does not matter. */
  confirmed?: boolean;
  /** Left out where both ways of holding the acting session know it. */
  held?: Held;
  act(account: Account, setting: Setting): Promise<unknown>;
  /** For what can be taken back: what works again afterwards was only at rest. */
  undo?(account: Account, setting: Setting): Promise<unknown>;
}

const PASSWORD_RESET = async (account: Account): Promise<void> => {
  const token = await account.asksFor('password/forgot');
  await account.post('password/reset', { token, password: NEW_PASSWORD }, {}).expect(204);
  account.password = NEW_PASSWORD;
};

const MAGIC_LINK = async (account: Account): Promise<void> => {
  const token = await account.asksFor('magic-link');
  await account.post('magic-link/verify', { token }, {}).expect(200);
};

export const EVENTS: readonly FlowEvent[] = [
  { name: 'sign-out', act: (account) => account.post('signout', {}).expect(204) },
  { name: 'sign-out of all other sessions', act: (account) => account.delete('sessions').expect(204) },
  {
    name: 'password change',
    act: async (account) => {
      const change = { currentPassword: account.password, newPassword: NEW_PASSWORD };
      account.renew(await account.post('password/change', change).expect(200));
      account.password = NEW_PASSWORD;
    },
  },
  { name: 'password reset', act: PASSWORD_RESET },
  {
    name: 'e-mail change',
    act: async (account) => {
      const address = `moved.${account.number}@example.com`;
      await account.post('email/confirm', { token: await account.asksToMoveTo(address) }, {}).expect(204);
      account.email = address;
    },
  },
  {
    name: 'confirmation, optional mode',
    confirmed: false,
    act: async (account) => account.post('email/confirm', { token: await account.asksFor('email/resend') }, {}).expect(204),
  },
  { name: 'magic link', confirmed: true, act: MAGIC_LINK },
  { name: 'magic link, address not confirmed before', confirmed: false, act: MAGIC_LINK },
  {
    name: 'own invitation accepted by the guest',
    act: async (account) => {
      const token = await account.invites(`welcome.${account.number}@example.com`);
      await account.post('invitations/accept', { token, password: NEW_PASSWORD }, {}).expect(201);
    },
  },
  {
    name: 'invitation accepted, address not confirmed before',
    confirmed: false,
    act: async (account, { app }) => {
      const host = await Account.open(app, { held: 'tokens', confirmed: true }, account.number + 100_000);
      const token = await host.invites(account.email);
      await account.post('invitations/accept', { token, password: NEW_PASSWORD }, {}).expect(201);
      account.password = NEW_PASSWORD;
    },
  },
  {
    name: 'guesses up to the hard stop',
    act: async (account) => {
      await account.guess();
      // Its own way out is in the mail, and replaces an earlier one.
      await account.mailed();
    },
  },
  {
    name: 'unlock by mailed link',
    act: async (account) => {
      await account.guess();
      await account.post('unlock', { token: await account.mailed() }, {}).expect(204);
    },
  },
  {
    name: 'lock by hand',
    act: (account, { app }) => app.get(AccountsService).lock(account.userId),
    undo: (account, { app }) => app.get(AccountsService).unlock(account.userId),
  },
  {
    name: 'disable',
    act: (account, { app }) => app.get(AccountsService).disable(account.userId),
    undo: (account, { app }) => app.get(AccountsService).enable(account.userId),
  },
  {
    name: 'delete',
    act: (account) => account.delete('me', { password: account.password }).expect(204),
    // Whoever signs up with the address again begins with nothing.
    undo: (account, { app }) => app.signUp(account.email, account.password).expect(201),
  },
  {
    name: 'refresh token used twice',
    held: 'tokens',
    act: async (account, { app, clock }) => {
      const stolen = account.tokens.refreshToken;
      account.tokens = (await app.refresh(stolen).expect(200)).body;
      clock.advance('11s');
      const { body } = await app.refresh(stolen).expect(401);
      if (body.errorCode !== 'auth.refresh_reused') throw new Error(`Not reuse: ${body.errorCode}`);
    },
  },
  { name: 'role change', act: (account, { app }) => app.get(RolesService).grant(account.userId, 'editor') },
  {
    name: 'step-up',
    act: async (account) => {
      const answer = await account.post('step-up', { password: account.password }).expect(200);
      if (account.held === 'cookie') account.renew(answer);
    },
  },
];
