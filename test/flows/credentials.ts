import { cookieOf } from '../support/cookies.js';
import type { Account, Held } from './account.js';
import { NEW_PASSWORD, type Setting } from './events.js';

/** Looks whether it works; what is dead is not changed by looking. */
type Probe = () => Promise<boolean>;

/** A column of the table. */
export interface Credential {
  name: string;
  /** How the acting session is held. @default 'tokens' */
  held?: Held;
  /** Whether there can be one once the address is confirmed. @default true */
  whenConfirmed?: boolean;
  /** Makes one. @returns how to look whether it works */
  make(account: Account, setting: Setting): Promise<Probe>;
  /** Looks whether what took its place works. */
  successor?(account: Account, setting: Setting): Promise<boolean>;
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const answers = async (request: PromiseLike<{ status: number }>, expected: number): Promise<boolean> =>
  (await request).status === expected;

/** A token of the account's mail that is POSTed with `body`. */
const mailed =
  (path: string, expected: number, make: (account: Account) => Promise<string>, body: object = {}) =>
  async (account: Account): Promise<Probe> => {
    const token = await make(account);
    return () => answers(account.post(path, { token, ...body }, {}), expected);
  };

export const CREDENTIALS: readonly Credential[] = [
  {
    name: 'access token',
    make: async (account) => {
      const { accessToken } = account.tokens;
      return () => account.get(bearer(accessToken));
    },
    successor: async (account) => account.renewed.accessToken !== undefined && account.get(bearer(account.renewed.accessToken)),
  },
  {
    name: 'refresh token',
    // The newest that the owner has.
    make:
      async (account, { app }) =>
      () =>
        answers(app.refresh(account.tokens.refreshToken), 200),
    successor: async (account, { app }) =>
      account.renewed.refreshToken !== undefined && answers(app.refresh(account.renewed.refreshToken), 200),
  },
  {
    name: 'cookie',
    held: 'cookie',
    make: async (account) => {
      const { cookie } = account;
      return () => account.get({ Cookie: cookie });
    },
    successor: async (account) => account.renewed.cookie !== undefined && account.get({ Cookie: account.renewed.cookie }),
  },
  {
    name: 'other sessions',
    make: async (account, { app }) => {
      const { accessToken, refreshToken } = (await account.signIn()).body;
      const cookie = cookieOf(await account.signIn({ delivery: 'cookie' }));
      return async () => {
        const states = [
          await account.get(bearer(accessToken)),
          await answers(app.refresh(refreshToken), 200),
          await account.get({ Cookie: cookie }),
        ];
        if (new Set(states).size > 1) throw new Error(`Of the other sessions some live and some do not: ${states.join()}`);
        return states[0]!;
      };
    },
  },
  {
    name: 'known device',
    make: async (account) => {
      const device = await account.device();
      return async () => {
        await account.guess();
        return answers(account.signIn({}, { Cookie: device }), 200);
      };
    },
  },
  {
    name: 'confirmation link',
    whenConfirmed: false,
    make: mailed('email/confirm', 204, (account) => account.asksFor('email/resend')),
  },
  {
    name: 'reset link',
    make: mailed('password/reset', 204, (account) => account.asksFor('password/forgot'), { password: NEW_PASSWORD }),
  },
  {
    name: 'change link',
    make: mailed('email/confirm', 204, (account) => account.asksToMoveTo(`elsewhere.${account.number}@example.com`)),
  },
  { name: 'magic link', make: mailed('magic-link/verify', 200, (account) => account.asksFor('magic-link')) },
  {
    name: 'invitation it sent',
    make: mailed('invitations/accept', 201, (account) => account.invites(`guest.${account.number}@example.com`), {
      password: NEW_PASSWORD,
    }),
  },
  { name: 'unlock link', make: mailed('unlock', 204, (account) => account.isStopped()) },
];
