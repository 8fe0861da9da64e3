import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Browsing } from './support/browsing.js';
import { findChromium } from './support/chromium.js';
import { startDemo } from './support/demo-process.js';
import type { ServerProcess } from './support/processes.js';
import { notRun } from './support/services.js';

const PASSWORD = 'correct horse battery staple';
const NEW_PASSWORD = 'another battery for the horse';
const executablePath = findChromium();

if (executablePath === null) notRun('the page of the demo', ['Chromium']);
else describe('the page of the demo', () => thePage(executablePath));

function thePage(executable: string): void {
  let demo: ServerProcess;
  let browsing: Browsing;

  beforeAll(async () => {
    [demo, browsing] = await Promise.all([startDemo({ HASH_COST: '4' }), Browsing.start(executable)]);
  });
  afterAll(() => Promise.all([browsing?.close(), demo?.stop()]));
  afterEach(() => browsing.endVisits());

  /** A visitor with a browser of their own. */
  async function visit(): Promise<Page> {
    const page = await (await browsing.visitor()).newPage();
    await page.goto(demo.url);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    return page;
  }

  const submit = (page: Page, name: string) => page.getByRole('main').locator('form:visible').getByRole('button', { name }).click();
  async function cookieOf(page: Page, name: string) {
    const cookie = (await page.context().cookies()).find((one) => one.name === name);
    expect(cookie, name).toBeDefined();
    return cookie!;
  }
  const said = (page: Page, text: string) => page.getByText(text, { exact: false }).first().waitFor();

  async function signUp(page: Page, email: string, delivery: string): Promise<void> {
    await page.getByRole('button', { name: 'Sign up' }).click();
    await page.getByLabel('Name').fill('Ada');
    await fillEntrance(page, email, PASSWORD, delivery);
    await submit(page, 'Create an account');
    await page.getByRole('heading', { name: 'You', exact: true }).waitFor();
  }

  async function signIn(page: Page, email: string, password: string, delivery: string): Promise<void> {
    await fillEntrance(page, email, password, delivery);
    await submit(page, 'Sign in');
  }

  async function fillEntrance(page: Page, email: string, password: string, delivery: string): Promise<void> {
    const form = page.locator('#entrance-form');
    await form.getByLabel('E-mail').fill(email);
    await form.getByLabel('Password').fill(password);
    await form.getByRole('radio', { name: delivery }).check();
  }

  const sessions = (page: Page) => page.locator('#sessions li');

  describe.each(['Tokens', 'Cookie'])('with the session held as %s', (delivery) => {
    const email = `${delivery.toLowerCase()}@example.com`;

    it('leads from signing up over two sessions and a new password to signing out', async () => {
      const laptop = await visit();
      await signUp(laptop, email, delivery);
      await sessions(laptop).filter({ hasText: 'this one' }).waitFor();
      expect(await sessions(laptop).count()).toBe(1);
      expect(await sessions(laptop).innerText()).toMatch(/Chrom.* on Linux/);
      expect(await laptop.locator('#who').innerText()).toContain('member');
      await laptop.getByRole('button', { name: 'Call /private' }).click();
      await said(laptop, 'GET /private → 200');
      if (delivery === 'Tokens') {
        await laptop.getByRole('button', { name: 'Refresh tokens' }).click();
        await said(laptop, 'POST /auth/refresh → 200');
      } else {
        expect(await laptop.getByRole('button', { name: 'Refresh tokens' }).isVisible()).toBe(false);
      }

      const phone = await visit();
      await signIn(phone, email, PASSWORD, delivery);
      await phone.getByRole('heading', { name: 'You', exact: true }).waitFor();
      await laptop.getByRole('button', { name: 'Look again' }).click();
      await laptop.getByRole('button', { name: 'End the session of' }).click();
      await expect.poll(() => sessions(laptop).count()).toBe(1);
      await phone.getByRole('button', { name: 'Who am I?' }).click();
      await said(phone, 'This session has ended.');

      const form = laptop.locator('#password-form');
      await form.getByLabel('Current password').fill(PASSWORD);
      await form.getByLabel('New password').fill(NEW_PASSWORD);
      await form.getByRole('button').click();
      await expect.poll(() => form.getByLabel('New password').inputValue()).toBe('');
      await laptop.getByRole('button', { name: 'Call /private' }).click();
      await said(laptop, 'GET /private → 200');
      await laptop.getByRole('button', { name: 'Sign out' }).click();
      await laptop.getByRole('heading', { name: 'Sign in' }).waitFor();

      await signIn(phone, email, PASSWORD, delivery);
      await said(phone, 'POST /auth/signin → 401');
      await signIn(phone, email, NEW_PASSWORD, delivery);
      await phone.getByRole('heading', { name: 'You', exact: true }).waitFor();
    });
  });

  it('survives a reload by cookie, and keeps nothing of it where a script could read it', async () => {
    const page = await visit();
    await signUp(page, 'reload@example.com', 'Cookie');
    expect(await page.evaluate('document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage })')).toBe('{}');
    await page.reload();
    await page.getByRole('heading', { name: 'You', exact: true }).waitFor();
    expect(await cookieOf(page, 'latchkey')).toMatchObject({ httpOnly: true, sameSite: 'Lax', expires: -1 });
    expect(await cookieOf(page, 'latchkey-device')).toMatchObject({ httpOnly: true, sameSite: 'Lax' });
  });

  it('remembers the browser when asked to', async () => {
    const page = await visit();
    await page.getByRole('radio', { name: 'Cookie' }).check();
    await page.getByRole('checkbox', { name: 'Remember this browser' }).check();
    await signUp(page, 'remember@example.com', 'Cookie');
    const { expires } = await cookieOf(page, 'latchkey');
    expect(expires - Date.now() / 1_000).toBeGreaterThan(29 * 86_400);
  });

  it('says what is wrong beside the field it is about', async () => {
    const page = await visit();
    await page.getByRole('button', { name: 'Sign up' }).click();
    await fillEntrance(page, 'no address', 'short', 'Tokens');
    await submit(page, 'Create an account');
    const email = page.locator('#entrance-form').getByLabel('E-mail');
    await expect.poll(() => email.getAttribute('aria-invalid')).toBe('true');
    await email.fill('faults@example.com');
    await submit(page, 'Create an account');
    const password = page.locator('#entrance-form').getByLabel('Password');
    await expect.poll(() => password.getAttribute('aria-invalid')).toBe('true');
    expect(await email.getAttribute('aria-invalid')).toBeNull();
    expect(await page.locator('#entrance-form .fault').innerText()).not.toBe('');
  });

  it('proves who is there, and deletes the account', async () => {
    const page = await visit();
    await signUp(page, 'leaver@example.com', 'Cookie');
    const stepUp = page.locator('#step-up-form');
    await stepUp.getByLabel('Password').fill('not the password');
    await stepUp.getByRole('button').click();
    await said(page, 'POST /auth/step-up → 403');
    expect(await stepUp.locator('.fault').innerText()).not.toBe('');
    await stepUp.getByLabel('Password').fill(PASSWORD);
    await stepUp.getByRole('button').click();
    await expect.poll(() => stepUp.getByLabel('Password').inputValue()).toBe('');

    await page.getByText('Delete the account').click();
    await page.getByRole('button', { name: 'Delete for good' }).click();
    await said(page, 'The account is gone.');
    await signIn(page, 'leaver@example.com', PASSWORD, 'Cookie');
    await said(page, 'POST /auth/signin → 401');
  });

  it('ends all other sessions at once', async () => {
    const [one, two, three] = await Promise.all([visit(), visit(), visit()]);
    await signUp(one, 'many@example.com', 'Tokens');
    await signIn(two, 'many@example.com', PASSWORD, 'Tokens');
    await signIn(three, 'many@example.com', PASSWORD, 'Cookie');
    for (const page of [two, three]) await page.getByRole('heading', { name: 'You', exact: true }).waitFor();
    await one.getByRole('button', { name: 'Look again' }).click();
    await expect.poll(() => sessions(one).count()).toBe(3);
    await one.getByRole('button', { name: 'End all others' }).click();
    await expect.poll(() => sessions(one).count()).toBe(1);
    for (const page of [two, three]) {
      await page.getByRole('button', { name: 'Call /private' }).click();
      await said(page, 'This session has ended.');
    }
  });
}
