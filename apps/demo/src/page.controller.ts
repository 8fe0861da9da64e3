import { readFileSync } from 'node:fs';
import { Controller, Get, Header, Inject, NotFoundException, Param, StreamableFile } from '@nestjs/common';
import { Public } from 'nestjs-latchkey';
import { type Settings, SETTINGS } from './settings.js';

const file = (name: string): Buffer => readFileSync(new URL(`./page/${name}`, import.meta.url));

const SCRIPT = 'text/javascript; charset=utf-8';

/** What the page loads, by name. */
const TYPES: Readonly<Record<string, string>> = {
  'page.css': 'text/css; charset=utf-8',
  'page.js': SCRIPT,
  'client.js': SCRIPT,
  'dom.js': SCRIPT,
  'faults.js': SCRIPT,
  'invitations.js': SCRIPT,
  'mailbox.js': SCRIPT,
};

/** Everything comes from here, nothing is inline, nobody frames it. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** One page without a build step: try everything in a browser. */
@Public()
@Controller()
export class PageController {
  private readonly html: string;
  private readonly files = new Map(Object.entries(TYPES).map(([name, type]) => [name, { type, content: file(name) }]));

  constructor(@Inject(SETTINGS) { delivery, baseUrl, environment, smtpUrl }: Settings) {
    const values: Readonly<Record<string, string>> = {
      delivery: delivery.join(' '),
      origin: new URL(baseUrl).origin,
      mailbox: environment === 'development' && smtpUrl === undefined ? 'on' : 'off',
    };
    this.html = file('page.html')
      .toString()
      .replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? '');
  }

  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', POLICY)
  @Header('Referrer-Policy', 'no-referrer')
  @Header('X-Content-Type-Options', 'nosniff')
  @Header('Cache-Control', 'no-cache')
  page(): string {
    return this.html;
  }

  @Get('page/:name')
  @Header('X-Content-Type-Options', 'nosniff')
  @Header('Cache-Control', 'no-cache')
  asset(@Param('name') name: string): StreamableFile {
    const found = this.files.get(name);
    if (found === undefined) throw new NotFoundException();
    return new StreamableFile(found.content, { type: found.type, length: found.content.length });
  }
}
