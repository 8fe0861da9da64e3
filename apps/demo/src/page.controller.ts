import { readFileSync } from 'node:fs';
import { Controller, Get, Header, Inject } from '@nestjs/common';
import { Public } from 'nestjs-latchkey';
import { type Settings, SETTINGS } from './settings.js';

const file = (name: string): string => readFileSync(new URL(`./page/${name}`, import.meta.url), 'utf8');

const SCRIPT = 'text/javascript; charset=utf-8';

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
  private readonly css = file('page.css');
  private readonly scripts = { page: file('page.js'), client: file('client.js'), faults: file('faults.js') };

  constructor(@Inject(SETTINGS) { delivery, baseUrl }: Settings) {
    this.html = file('page.html').replace('{{delivery}}', delivery.join(' ')).replace('{{origin}}', new URL(baseUrl).origin);
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

  @Get('page/page.css')
  @Header('Content-Type', 'text/css; charset=utf-8')
  @Header('Cache-Control', 'no-cache')
  styles(): string {
    return this.css;
  }

  @Get('page/page.js')
  @Header('Content-Type', SCRIPT)
  @Header('Cache-Control', 'no-cache')
  pageScript(): string {
    return this.scripts.page;
  }

  @Get('page/client.js')
  @Header('Content-Type', SCRIPT)
  @Header('Cache-Control', 'no-cache')
  clientScript(): string {
    return this.scripts.client;
  }

  @Get('page/faults.js')
  @Header('Content-Type', SCRIPT)
  @Header('Cache-Control', 'no-cache')
  faultsScript(): string {
    return this.scripts.faults;
  }
}
