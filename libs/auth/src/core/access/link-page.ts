import { createHash } from 'node:crypto';
import type { HttpAdapterHost } from '@nestjs/core';
import { ResourceNotFoundException } from '../errors/auth.errors.js';
import { writeHeaders } from './http-response.js';

/** One input of a page. */
export interface LinkPageField {
  /** As the route takes it. */
  name: string;
  label: string;
  type: 'text' | 'password';
  /** What browsers and password managers go by. */
  autocomplete: string;
  isOptional?: boolean;
}

export interface LinkPageContent {
  app: string;
  title: string;
  /** One sentence over the button. */
  text: string;
  button: string;
  fields?: readonly LinkPageField[];
  /** Sent along, e.g. `{ delivery: 'cookie' }`. */
  body?: Readonly<Record<string, unknown>>;
  /** Shown once it has worked. */
  done: string;
  /** Where to go once it has worked; stays on the page unless given. */
  next?: string;
}

/** A page, and the headers without which it must not be sent. */
export interface LinkPage {
  html: string;
  headers: Readonly<Record<string, string>>;
}

const STYLE = `
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{max-width:26rem;margin:12vh auto;padding:0 1.25rem}
h1{font-size:1.4rem}
label{display:block;margin:.75rem 0 .25rem}
input{width:100%;box-sizing:border-box;padding:.6rem;font:inherit}
button{margin:1.25rem 0;padding:.65rem 1.25rem;font:inherit;cursor:pointer}
`;

/**
 * Takes the token out of the fragment and out of the address bar; nothing is sent before the button is pressed, so that whoever merely
 * follows links uses nothing up.
 */
const SCRIPT = `
const form = document.querySelector('form');
const said = document.querySelector('output');
const token = location.hash.slice(1);
history.replaceState(null, '', location.pathname);
if (token === '') said.value = 'This link is not complete. Open it again from the mail.';
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const button = form.querySelector('button');
  button.disabled = true;
  said.value = '';
  const fields = [...new FormData(form)].filter(([, value]) => value !== '');
  try {
    const answer = await fetch(location.pathname, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...JSON.parse(form.dataset.body), ...Object.fromEntries(fields), token }),
    });
    if (answer.ok) {
      form.hidden = true;
      said.value = form.dataset.done;
      if (form.dataset.next) location.replace(form.dataset.next);
      return;
    }
    const { message, details = [] } = await answer.json();
    said.value = details.length > 0 ? details.map((one) => one.message).join(' ') : message;
  } catch {
    said.value = 'That did not work. Try again.';
  }
  button.disabled = false;
});
`;

const sha256 = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** No script but ours, nothing from elsewhere, in nobody's frame (OWASP ASVS 5.0, 3.4.3); the token never becomes a referrer. */
const HEADERS: Readonly<Record<string, string>> = Object.freeze({
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': [
    "default-src 'none'",
    `script-src ${sha256(SCRIPT)}`,
    `style-src ${sha256(STYLE)}`,
    "connect-src 'self'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'X-Robots-Tag': 'noindex',
});

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);

/**
 * The smallest page for a mailed link: token in the fragment, one button that POSTs the token and the fields as JSON to the page's own
 * address. Hosts set a page of their own instead.
 */
export function linkPage({ app, title, text, button, fields = [], body = {}, done, next = '' }: LinkPageContent): LinkPage {
  const data = { body: JSON.stringify(body), done, next };
  const attributes = Object.entries(data).map(([name, value]) => `data-${name}="${escaped(value)}"`);
  const html = [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">',
    `<title>${escaped(title)} · ${escaped(app)}</title><style>${STYLE}</style></head>`,
    `<body><main><h1>${escaped(title)}</h1>`,
    `<form ${attributes.join(' ')}><p>${escaped(text)}</p>${fields.map(field).join('')}<button>${escaped(button)}</button></form>`,
    '<output role="status"></output><noscript><p>This page needs JavaScript.</p></noscript></main>',
    `<script>${SCRIPT}</script></body></html>`,
    '',
  ].join('\n');
  return { html, headers: HEADERS };
}

function field({ name, label, type, autocomplete, isOptional = false }: LinkPageField): string {
  const attributes = `name="${escaped(name)}" type="${type}" autocomplete="${escaped(autocomplete)}"${isOptional ? '' : ' required'}`;
  return `<label>${escaped(label)}<input ${attributes}></label>`;
}

/** The body of the answer, with its headers set. @throws ResourceNotFoundException when the host has a page of its own */
export function sendLinkPage({ httpAdapter }: HttpAdapterHost, response: unknown, page: LinkPage | null): string {
  if (page === null) throw new ResourceNotFoundException();
  writeHeaders(httpAdapter, response, page.headers);
  return page.html;
}
