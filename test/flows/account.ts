import { UnlockService } from '../../libs/auth/src/features/lockout/unlock.service.js';
import type { Response } from 'supertest';
import { type AuthApp, PASSWORD, type Session } from '../auth-app.js';
import { allSetCookiesOf, cookieOf } from '../support/cookies.js';
import { tokenFor } from '../support/mailbox.js';

export const ORIGIN = 'http://localhost:3000';
/** Failures that stop an account, in the application of the table. */
export const HARD_STOP = 3;

export type Held = 'tokens' | 'cookie';
type Headers = Record<string, string>;

/** Somebody with an account and a session of it, spoken for over HTTP. */
export class Account {
  password = PASSWORD;
  /** Of the session that acts, as they were when the table begins to look: what it gets later is in {@link renewed}. */
  tokens: Pick<Session, 'accessToken' | 'refreshToken'> = { accessToken: '', refreshToken: '' };
  cookie = '';
  renewed: { accessToken?: string; refreshToken?: string; cookie?: string } = {};

  private constructor(
    private readonly app: AuthApp,
    readonly held: Held,
    readonly number: number,
    public email: string,
    public userId: string,
  ) {}

  static async open(app: AuthApp, { held, confirmed }: { held: Held; confirmed: boolean }, number: number): Promise<Account> {
    const email = `user.${number}@example.com`;
    const { body } = await app.signUp(email).expect(201);
    const account = new Account(app, held, number, email, String(body.user.id));
    const token = await tokenFor(app, email);
    if (confirmed) await account.post('email/confirm', { token }, {}).expect(204);
    if (held === 'tokens') account.tokens = body as Session;
    else account.cookie = cookieOf(await account.signIn({ delivery: 'cookie' }));
    return account;
  }

  /** Of the acting session, as a browser or a client of the API sends them. */
  get headers(): Headers {
    if (this.held === 'cookie') return { Cookie: this.cookie, Origin: ORIGIN };
    return { Authorization: `Bearer ${this.tokens.accessToken}` };
  }

  post(path: string, body: object, headers: Headers = this.headers) {
    return this.app.http().post(`/auth/${path}`).set(headers).send(body);
  }

  delete(path: string, body: object = {}) {
    return this.app.http().delete(`/auth/${path}`).set(this.headers).send(body);
  }

  async signIn(more: object = {}, headers: Headers = {}): Promise<Response> {
    return this.app.signIn(this.email, this.password, more).set(headers);
  }

  async get(headers: Headers): Promise<boolean> {
    return (await this.app.http().get('/auth/me').set(headers)).status === 200;
  }

  /** Wrong passwords of a stranger, until the account is stopped. */
  async guess(): Promise<void> {
    for (let guess = 0; guess < HARD_STOP; guess++) await this.app.signIn(this.email, 'a guess');
  }

  /** The token of the newest mail to the address. */
  mailed(address = this.email): Promise<string> {
    return tokenFor(this.app, address);
  }

  async asksFor(path: string): Promise<string> {
    await this.post(path, { email: this.email }, {}).expect(202);
    return this.mailed();
  }

  async asksToMoveTo(address: string): Promise<string> {
    await this.post('email/change', { email: address }).expect(202);
    return this.mailed(address);
  }

  async invites(address: string): Promise<string> {
    await this.post('invitations', { email: address }).expect(202);
    return this.mailed(address);
  }

  async isStopped(): Promise<string> {
    await this.app.get(UnlockService).send(this.email);
    return this.mailed();
  }

  /** What a browser by which the owner has signed in keeps. */
  async device(): Promise<string> {
    const answer = await this.signIn({ delivery: 'cookie' });
    const device = allSetCookiesOf(answer).find(({ name }) => name.endsWith('-device'))!;
    await this.app
      .http()
      .post('/auth/signout')
      .set({ Cookie: cookieOf(answer), Origin: ORIGIN });
    return `${device.name}=${device.value}`;
  }

  /** Keeps what an answer hands over in place of what the session had. */
  renew(answer: Response): void {
    if (this.held === 'cookie') this.renewed = { cookie: cookieOf(answer) };
    else this.renewed = answer.body as Session;
  }
}
