import { AccountsService, UserRepository } from 'nestjs-latchkey';
import { EmailChangeModule } from 'nestjs-latchkey/email-change';
import { EmailConfirmationModule } from 'nestjs-latchkey/email-confirmation';
import { InvitationModule, InvitationsService } from 'nestjs-latchkey/invitation';
import { MagicLinkModule, MagicLinkService } from 'nestjs-latchkey/magic-link';
import { PasswordResetModule, PasswordResetService } from 'nestjs-latchkey/password-reset';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AuthApp, PASSWORD, startAuthApp } from './auth-app.js';
import { Browsing } from './support/browsing.js';
import { findChromium } from './support/chromium.js';
import { mailTo } from './support/mailbox.js';
import { notRun } from './support/services.js';

const BASE_URL = 'http://localhost:3000';
const NEW_PASSWORD = 'a brand new password of mine';

const executablePath = findChromium();

if (executablePath === null) notRun('the page behind a mailed link', ['Chromium']);
else describe('the page behind a mailed link', () => thePage(executablePath));

/** What a person does: opens the mail, follows its link, presses the button. */
function thePage(executable: string): void {
  let app: AuthApp;
  let browsing: Browsing;
  let page: Page;
  beforeAll(async () => {
    app = await startAuthApp({
      baseUrl: BASE_URL,
      mailLimits: false,
      lockout: { maxFailures: 3, hardStop: 3 },
      rooms: [
        EmailConfirmationModule.forRoot(),
        EmailChangeModule.forRoot({ notices: false }),
        PasswordResetModule.forRoot(),
        MagicLinkModule.forRoot(),
        InvitationModule.forRoot(),
      ],
    });
    browsing = await Browsing.start(executable);
  }, 60_000);
  afterAll(async () => {
    await browsing?.close();
    await app?.close();
  });
  beforeEach(async () => {
    page = await (await browsing.visitor()).newPage();
    // The public address is where a proxy would be.
    await page.route(`${BASE_URL}/**`, async (route) => {
      const url = new URL(route.request().url());
      if (url.pathname.startsWith('/auth/')) await route.fulfill({ response: await route.fetch({ url: app.url + url.pathname }) });
      else await route.fulfill({ contentType: 'text/html', body: `<p id="home">${url.pathname}</p>` });
    });
  });
  // None of them breaks its own policy.
  afterEach(() => browsing.endVisits());

  /** Several mails may be on their way to one person, and none has to wait for another. */
  const follow = async (address: string, path: string): Promise<void> => {
    const links = (await mailTo(app, address)).map(({ text }) => /http:\/\/\S+#\S+/.exec(text)?.[0]);
    const link = links.findLast((one) => one?.startsWith(`${BASE_URL}/auth${path}#`))!;
    await page.goto(link);
    expect(page.url()).toBe(link.replace(/#.*/, ''));
  };
  const said = (text: RegExp) => page.locator('output', { hasText: text }).waitFor();

  it('sets a new password, after one that is refused', async () => {
    await app.givenUser('reset@example.com');
    await app.get(PasswordResetService).request('reset@example.com');
    await follow('reset@example.com', '/password/reset');

    await page.getByLabel('New password').fill('short');
    await page.getByRole('button').click();
    await said(/At least 8 characters/);
    await page.getByLabel('New password').fill(NEW_PASSWORD);
    await page.getByRole('button').click();
    await said(/Your password is set/);

    await app.signIn('reset@example.com', NEW_PASSWORD).expect(200);
  });

  it('signs in with a cookie that no script can read', async () => {
    await app.givenUser('magic@example.com');
    await app.get(MagicLinkService).request('magic@example.com');
    await follow('magic@example.com', '/magic-link/verify');
    await page.getByRole('button').click();
    await page.locator('#home').waitFor();

    expect(new URL(page.url()).pathname).toBe('/');
    const cookie = (await page.context().cookies(BASE_URL)).find(({ name }) => name === 'latchkey');
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax' });
  });

  it('makes an account of an invitation', async () => {
    const host = await app
      .get(AccountsService)
      .create({ email: 'host@example.com', password: PASSWORD, profile: { name: 'Grace' } });
    await app.get(InvitationsService).invite(String(host.id), { email: 'guest@example.com' });
    await follow('guest@example.com', '/invitations/accept');
    await page.getByLabel('Your name').fill('Ada');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button').click();
    await page.locator('#home').waitFor();

    const user = await app.get(UserRepository).findByEmail('guest@example.com');
    expect(user).toMatchObject({ name: 'Ada' });
    expect(user!.emailConfirmedAt).not.toBeNull();
  });

  it('confirms an address, and a new one', async () => {
    const { accessToken } = await app.givenUser('confirm@example.com');
    await follow('confirm@example.com', '/email/confirm');
    await page.getByRole('button').click();
    await said(/Your e-mail address is confirmed/);
    expect((await app.me(accessToken).expect(200)).body.user).toMatchObject({ emailConfirmed: true });

    const bearer = { Authorization: `Bearer ${accessToken}` };
    await app.http().post('/auth/email/change').set(bearer).send({ email: 'changed@example.com' }).expect(202);
    await page.goto('about:blank');
    await follow('changed@example.com', '/email/confirm');
    await page.getByRole('button').click();
    await said(/Your e-mail address is confirmed/);
    expect((await app.me(accessToken).expect(200)).body.user).toMatchObject({ email: 'changed@example.com' });
  });

  it('unlocks an account that guesses have stopped', async () => {
    await app.givenUser('stopped@example.com');
    for (let guess = 0; guess < 3; guess++) await app.signIn('stopped@example.com', 'a guess');
    await app.signIn('stopped@example.com').expect(429);
    await follow('stopped@example.com', '/unlock');
    await page.getByRole('button').click();
    await said(/unlocked/);
    await app.signIn('stopped@example.com').expect(200);
  });

  it('does nothing before its button is pressed', async () => {
    await app.givenUser('looker@example.com');
    await app.get(PasswordResetService).request('looker@example.com');
    const posts: string[] = [];
    page.on('request', (request) => void (request.method() === 'GET' || posts.push(request.url())));
    for (let visit = 0; visit < 3; visit++) {
      await page.goto('about:blank');
      await follow('looker@example.com', '/password/reset');
      await page.waitForLoadState('networkidle');
    }
    expect(posts).toEqual([]);
    await page.getByLabel('New password').fill(NEW_PASSWORD);
    await page.getByRole('button').click();
    await said(/Your password is set/);
    expect(posts).toEqual([`${BASE_URL}/auth/password/reset`]);
  });

  it('says so when the link is not complete or was used', async () => {
    await page.goto(`${BASE_URL}/auth/password/reset`);
    await said(/This link is not complete/);

    await page.goto(`${BASE_URL}/auth/magic-link/verify#${'a'.repeat(22)}.${'b'.repeat(43)}`);
    await page.getByRole('button').click();
    await said(/not valid/);
  });
}
