import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import libsql from 'libsql';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SmtpSink } from './mail/smtp-sink.js';
import { Browsing } from './support/browsing.js';
import { findChromium } from './support/chromium.js';
import { startDemo } from './support/demo-process.js';
import type { ServerProcess } from './support/processes.js';
import { notRun } from './support/services.js';

const PASSWORD = 'correct horse battery staple';
const NEW_PASSWORD = 'another battery for the horse';
const executablePath = findChromium();

if (executablePath === null) notRun('the flows of the demo in a browser', ['Chromium']);
else describe('in the browser, with the demo', { timeout: 90_000 }, () => theFlows(executablePath));

function theFlows(executable: string): void {
  let browsing: Browsing;
  beforeAll(async () => {
    browsing = await Browsing.start(executable);
  });
  afterAll(() => browsing?.close());
  afterEach(() => browsing.endVisits());

  async function visit(demo: ServerProcess): Promise<{ page: Page; context: BrowserContext }> {
    const context = await browsing.visitor();
    const page = await context.newPage();
    await page.goto(demo.url);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    return { page, context };
  }

  const entrance = (page: Page) => page.locator('#entrance-form');
  const isIn = (page: Page) => page.getByRole('heading', { name: 'You', exact: true }).waitFor();
  const facts = (page: Page) => page.locator('#who');
  const status = (page: Page, text: string) => page.locator('#status', { hasText: text }).waitFor();
  const said = (page: Page, text: string | RegExp) => page.locator('output', { hasText: text }).waitFor();

  async function enter(page: Page, email: string, password = PASSWORD, delivery = 'Cookie'): Promise<void> {
    await entrance(page).getByLabel('E-mail').fill(email);
    await entrance(page).getByLabel('Password').fill(password);
    await entrance(page).getByRole('radio', { name: delivery }).check();
    await entrance(page).locator('#enter').click();
  }
  async function signUp(page: Page, email: string, delivery = 'Cookie'): Promise<void> {
    await page.getByRole('button', { name: 'Sign up' }).click();
    await enter(page, email, PASSWORD, delivery);
  }
  async function signOut(page: Page): Promise<void> {
    await page.getByRole('button', { name: 'Sign out' }).click();
    await entrance(page).waitFor();
  }
  async function askFor(page: Page, button: string, email: string): Promise<void> {
    const form = page.locator('#mail-form');
    if (!(await form.isVisible())) await page.getByText('Without a password').click();
    await form.getByLabel('Address').fill(email);
    await form.getByRole('button', { name: button }).click();
    await page.getByText('it is on its way').waitFor();
  }
  const letters = (page: Page, email: string, subject: string) =>
    page.getByRole('link', { name: `Open the link to ${email}: ${subject}` });
  /** Opens the newest mail of that subject in a new tab, as a person would. */
  async function follow(page: Page, email: string, subject: string, count = 1): Promise<Page> {
    await expect.poll(() => letters(page, email, subject).count(), { timeout: 10_000 }).toBe(count);
    const opened = page.context().waitForEvent('page');
    await letters(page, email, subject).first().click();
    const tab = await opened;
    await tab.getByRole('button').waitFor();
    expect(new URL(tab.url()).hash).toBe('');
    return tab;
  }
  const press = (page: Page) => page.getByRole('button').click();

  describe('with mail in development', () => {
    let demo: ServerProcess;
    let directory: string;
    beforeAll(async () => {
      directory = mkdtempSync(join(tmpdir(), 'latchkey-flows-'));
      demo = await startDemo({ HASH_COST: '4' }, { cwd: directory });
    });
    afterAll(async () => {
      await demo?.stop();
      rmSync(directory, { recursive: true, force: true });
    });

    it('a forgotten password is replaced', async () => {
      const { page } = await visit(demo);
      await signUp(page, 'forgetful@example.com');
      await isIn(page);
      await signOut(page);
      await askFor(page, 'I forgot my password', 'forgetful@example.com');
      const tab = await follow(page, 'forgetful@example.com', 'Reset your password');
      await tab.getByLabel('New password').fill(NEW_PASSWORD);
      await press(tab);
      await said(tab, 'Your password is set');
      await enter(page, 'forgetful@example.com', PASSWORD);
      await status(page, 'POST /auth/signin → 401');
      await enter(page, 'forgetful@example.com', NEW_PASSWORD);
      await isIn(page);
      expect(await facts(page).innerText()).toContain('forgetful@example.com (confirmed)');
    });

    it('an address is confirmed by the newest link', async () => {
      const { page } = await visit(demo);
      const email = 'confirmer@example.com';
      await signUp(page, email);
      await isIn(page);
      expect(await facts(page).innerText()).toContain(`${email} (not confirmed)`);
      const old = await follow(page, email, 'Confirm your e-mail address');
      await page.getByRole('button', { name: 'Confirmation again' }).click();
      const tab = await follow(page, email, 'Confirm your e-mail address', 2);
      await press(old);
      await said(old, 'not valid');
      await press(tab);
      await said(tab, 'Your e-mail address is confirmed');
      await page.reload();
      await isIn(page);
      expect(await facts(page).innerText()).toContain(`${email} (confirmed)`);
      expect(await page.getByRole('button', { name: 'Confirmation again' }).isVisible()).toBe(false);
    });

    it('a mailed link signs in', async () => {
      const { page } = await visit(demo);
      const email = 'linked@example.com';
      await signUp(page, email, 'Tokens');
      await isIn(page);
      await signOut(page);
      await askFor(page, 'Mail me a link', email);
      const tab = await follow(page, email, 'Your sign-in link');
      await press(tab);
      await isIn(tab);
      expect(new URL(tab.url()).pathname).toBe('/');
      expect(await facts(tab).innerText()).toContain('by a cookie');
    });

    it('an address is changed, and a change called off', async () => {
      const { page } = await visit(demo);
      await signUp(page, 'old@example.com');
      await isIn(page);
      const change = async (email: string) => {
        await page.getByLabel('New address').fill(email);
        await page.locator('#email-form').getByRole('button', { name: 'Change the address' }).click();
        await status(page, 'POST /auth/email/change → 202');
      };
      await change('mistaken@example.com');
      const mistake = await follow(page, 'mistaken@example.com', 'Confirm your new e-mail address');
      await page.getByRole('button', { name: 'Call it off' }).click();
      await status(page, 'DELETE /auth/email/change → 204');
      await press(mistake);
      await said(mistake, 'not valid');

      await change('new@example.com');
      const tab = await follow(page, 'new@example.com', 'Confirm your new e-mail address');
      await press(tab);
      await said(tab, 'Your e-mail address is confirmed');
      await page.reload();
      await isIn(page);
      expect(await facts(page).innerText()).toContain('new@example.com (confirmed)');
      await expect
        .poll(() => page.locator('#mails').getByText('to old@example.com').count(), { timeout: 10_000 })
        .toBeGreaterThan(0);
    });

    it('a guest is invited, the invitation revoked, sent again and accepted', async () => {
      const { page } = await visit(demo);
      await signUp(page, 'host@example.com');
      await isIn(page);
      const invite = async (email: string) => {
        await page.getByLabel('Address of the guest').fill(email);
        await page.getByRole('button', { name: 'Invite', exact: true }).click();
        await page.locator('#invitations li', { hasText: email }).waitFor();
      };
      const subject = /invit/i;
      const invited = (email: string) => page.getByRole('link', { name: new RegExp(`to ${email}: .*${subject.source}`, 'i') });
      const linkTo = async (email: string, count: number): Promise<string> => {
        await expect.poll(() => invited(email).count(), { timeout: 10_000 }).toBe(count);
        return (await invited(email).first().getAttribute('href'))!;
      };
      await invite('stranger@example.com');
      const revoked = await linkTo('stranger@example.com', 1);
      await page.getByRole('button', { name: 'Revoke the invitation of stranger@example.com' }).click();
      await expect.poll(() => page.locator('#invitations li').count()).toBe(0);

      await invite('guest@example.com');
      const first = await linkTo('guest@example.com', 1);
      await page.getByRole('button', { name: 'Send the invitation of guest@example.com again' }).click();
      const second = await linkTo('guest@example.com', 2);
      const guest = await (await browsing.visitor()).newPage();
      for (const [link, refused] of [
        [revoked, true],
        [first, true],
        [second, false],
      ] as const) {
        // Another fragment alone would not load the page again.
        await guest.goto('about:blank');
        await guest.goto(link);
        await guest.getByLabel('Your name').fill('Grace');
        await guest.getByLabel('Password').fill(PASSWORD);
        await press(guest);
        if (refused) await said(guest, 'not valid');
      }
      await isIn(guest);
      expect(await facts(guest).innerText()).toContain('guest@example.com (confirmed)');
      await page.reload();
      await isIn(page);
      await expect.poll(() => page.locator('#invitations li').count()).toBe(0);
    });

    it('an account that guesses have stopped is unlocked', async () => {
      const { page } = await visit(demo);
      const email = 'guessed@example.com';
      await signUp(page, email, 'Tokens');
      await isIn(page);
      await signOut(page);
      await enter(page, email, 'a guess', 'Tokens');
      await status(page, 'POST /auth/signin → 401');
      // A hundred guesses take a day.
      const database = new libsql(join(directory, '.data/latchkey.sqlite'));
      database.prepare('UPDATE auth_attempt SET consecutive = 99').run();
      database.close();
      await enter(page, email, 'another guess', 'Tokens');
      await enter(page, email, PASSWORD, 'Tokens');
      await status(page, 'POST /auth/signin → 429');
      const tab = await follow(page, email, 'Your account is locked');
      await press(tab);
      await said(tab, 'unlocked');
      await enter(page, email, PASSWORD, 'Tokens');
      await isIn(page);
    });
  });

  it('an account is made once its address is confirmed, where that is required', async () => {
    const demo = await startDemo({ HASH_COST: '4', CONFIRMATION: 'required' });
    try {
      const { page } = await visit(demo);
      await signUp(page, 'ada@example.com');
      await page.getByText('Open the mail that we have sent you').waitFor();
      await enter(page, 'ada@example.com');
      await status(page, 'POST /auth/signin → 403');
      const tab = await follow(page, 'ada@example.com', 'Confirm your e-mail address', 2);
      await press(tab);
      await said(tab, 'Your e-mail address is confirmed');
      await enter(page, 'ada@example.com');
      await isIn(page);
    } finally {
      await demo.stop();
    }
  });

  it('a mailed link signs in with tokens, where only those are on', async () => {
    const demo = await startDemo({ HASH_COST: '4', DELIVERY: 'bearer', ADAPTER: 'fastify' });
    try {
      const { page } = await visit(demo);
      await page.getByRole('button', { name: 'Sign up' }).click();
      await entrance(page).getByLabel('E-mail').fill('ada@example.com');
      await entrance(page).getByLabel('Password').fill(PASSWORD);
      await entrance(page).locator('#enter').click();
      await isIn(page);
      await signOut(page);
      await askFor(page, 'Mail me a link', 'ada@example.com');
      await expect.poll(() => letters(page, 'ada@example.com', 'Your sign-in link').count(), { timeout: 10_000 }).toBe(1);
      const opened = page.context().waitForEvent('page');
      await letters(page, 'ada@example.com', 'Your sign-in link').click();
      const tab = await opened;
      await tab.getByRole('button', { name: 'Use it' }).click();
      await isIn(tab);
      expect(new URL(tab.url()).hash).toBe('');
      expect(await facts(tab).innerText()).toContain('as tokens in memory');
    } finally {
      await demo.stop();
    }
  });

  it('mail goes out by SMTP, and its links work', async () => {
    const sink = await new SmtpSink().start();
    const demo = await startDemo({ HASH_COST: '4', SMTP_URL: sink.url });
    /** Quoted-printable may break a link (RFC 2045 section 6.7). */
    const linkIn = async (subject: string): Promise<string> => {
      const found = () => sink.received.findLast(({ raw }) => raw.includes(`Subject: ${subject}`));
      await expect.poll(found, { timeout: 10_000 }).toBeDefined();
      return /http:\/\/\S+#[\w.-]+/.exec(found()!.raw.replaceAll('=\r\n', '').replaceAll('=3D', '='))![0];
    };
    try {
      const { page } = await visit(demo);
      expect(await page.locator('#mailbox').isVisible()).toBe(false);
      await signUp(page, 'ada@example.com');
      await isIn(page);
      await page.goto(await linkIn('Confirm your e-mail address'));
      await press(page);
      await said(page, 'Your e-mail address is confirmed');
      await page.goto(demo.url);
      await isIn(page);
      await signOut(page);
      await askFor(page, 'I forgot my password', 'ada@example.com');
      await page.goto(await linkIn('Reset your password'));
      await page.getByLabel('New password').fill(NEW_PASSWORD);
      await press(page);
      await said(page, 'Your password is set');
      await page.goto(demo.url);
      await enter(page, 'ada@example.com', NEW_PASSWORD);
      await isIn(page);
      expect(sink.received.every(({ to }) => to.length === 1 && to[0] === 'ada@example.com')).toBe(true);
    } finally {
      await demo.stop();
      await sink.stop();
    }
  });
}
