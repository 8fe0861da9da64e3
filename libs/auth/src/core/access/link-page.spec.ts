import { createHash } from 'node:crypto';
import type { HttpAdapterHost } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { linkPage, type LinkPageContent, sendLinkPage } from './link-page.js';

const HOSTILE = `<b>"Tom's" & co</b>`;
const HARMLESS = '&lt;b&gt;&quot;Tom&#39;s&quot; &amp; co&lt;/b&gt;';
const CONTENT: LinkPageContent = {
  app: 'Shop',
  title: 'Reset',
  text: 'Choose a password.',
  button: 'Save',
  done: 'It is changed.',
};
const between = (html: string, open: string, close: string): string => html.split(open)[1]!.split(close)[0]!;

describe('the page of a mailed link', () => {
  it('says what it is for, with one button', () => {
    const { html } = linkPage(CONTENT);
    expect(html).toMatch(/^<!doctype html>\n<html lang="en"><head><meta charset="utf-8">/);
    expect(html).toContain('<title>Reset · Shop</title>');
    expect(html).toContain('<h1>Reset</h1>');
    expect(html).toContain(
      `<form data-body="{}" data-done="It is changed." data-next=""><p>Choose a password.</p><button>Save</button></form>`,
    );
    expect(html).toContain('<output role="status"></output>');
    expect(html).toContain('<noscript>');
    expect(html).toMatch(/<\/script><\/body><\/html>\n$/);
  });

  it('has the fields that the route takes, as password managers know them', () => {
    const { html } = linkPage({
      ...CONTENT,
      fields: [
        { name: 'password', label: 'Password', type: 'password', autocomplete: 'new-password' },
        { name: 'name', label: 'Name', type: 'text', autocomplete: 'name', isOptional: true },
      ],
    });
    expect(html).toContain(
      '<label>Password<input name="password" type="password" autocomplete="new-password" required></label>' +
        '<label>Name<input name="name" type="text" autocomplete="name"></label><button>',
    );
  });

  it('sends along what it is told, and goes on where it is told', () => {
    const { html } = linkPage({ ...CONTENT, body: { delivery: 'cookie' }, next: '/home' });
    expect(html).toContain('data-body="{&quot;delivery&quot;:&quot;cookie&quot;}"');
    expect(html).toContain('data-next="/home"');
  });

  it('takes nothing for markup', () => {
    const fields = [{ name: HOSTILE, label: HOSTILE, type: 'text' as const, autocomplete: HOSTILE }];
    const { html } = linkPage({
      app: HOSTILE,
      title: HOSTILE,
      text: HOSTILE,
      button: HOSTILE,
      done: HOSTILE,
      next: HOSTILE,
      fields,
    });
    expect(html).not.toContain('<b>');
    expect(html.split(HARMLESS)).toHaveLength(11);
  });

  it('runs no script and has no style but its own', () => {
    const { html, headers } = linkPage(CONTENT);
    const policy = headers['Content-Security-Policy']!;
    const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    expect(policy).toContain(`script-src ${hashOf(between(html, '<script>', '</script>'))}`);
    expect(policy).toContain(`style-src ${hashOf(between(html, '<style>', '</style>'))}`);
    expect(policy).toContain("default-src 'none'");
    expect(headers).toMatchObject({ 'Referrer-Policy': 'no-referrer', 'Cache-Control': 'no-store' });
  });

  it('is sent with its headers, and is not there when the host has its own', () => {
    const sent: Record<string, string> = {};
    const httpAdapter = { setHeader: (_: unknown, name: string, value: string) => void (sent[name] = value) };
    const host = { httpAdapter } as unknown as HttpAdapterHost;
    const page = linkPage(CONTENT);
    expect(sendLinkPage(host, {}, page)).toBe(page.html);
    expect(sent).toEqual(page.headers);
    expect(() => sendLinkPage(host, {}, null)).toThrow(expect.objectContaining({ errorCode: 'auth.not_found' }) as Error);
  });
});
