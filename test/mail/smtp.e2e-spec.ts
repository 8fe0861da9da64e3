import { Controller, HttpCode, Post } from '@nestjs/common';
import { type AuthEvent, AuthEvents, Clock, MailTransport, OutboxDispatcher, Public } from 'nestjs-latchkey';
import { SmtpMail } from 'nestjs-latchkey/mail';
import { SettableClock } from 'nestjs-latchkey/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type AuthApp, startAuthApp } from '../auth-app.js';
import { freePort } from '../support/free-port.js';
import { News, NewsRoom } from './news-room.js';
import { SilentServer, SmtpSink } from './smtp-sink.js';

@Controller()
class Routes {
  constructor(private readonly news: News) {}

  @Public()
  @Post('news')
  @HttpCode(202)
  async publish() {
    await this.news.publish('ada@example.com');
    return { status: 'sent' };
  }
}

describe('mail by SMTP', () => {
  const clock = new SettableClock();
  const opened: { close?(): Promise<void>; stop?(): Promise<void> }[] = [];
  const from = 'Lätchkey, Inc. <noreply@example.com>';
  const start = async (url: string, async = false): Promise<AuthApp> => {
    const app = await startAuthApp({
      rooms: [NewsRoom],
      controllers: [Routes],
      logger: false,
      mail: async ? SmtpMail.forRootAsync({ useFactory: async () => ({ url, from }) }) : SmtpMail.forRoot({ url, from }),
      overrides: [{ provide: Clock, useValue: clock }],
    });
    opened.unshift(app);
    return app;
  };
  const sink = async (port?: number): Promise<SmtpSink> => {
    const server = await new SmtpSink(port).start();
    opened.push(server);
    return server;
  };
  const drain = (app: AuthApp): Promise<void> => app.get(OutboxDispatcher).drain();
  const eventsOf = (app: AuthApp): AuthEvent[] => {
    const events: AuthEvent[] = [];
    app.get(AuthEvents).subscribe('*', (event) => void events.push(event));
    return events;
  };
  afterEach(async () => {
    for (const one of opened.splice(0)) await (one.close?.() ?? one.stop?.());
  });

  it.each([false, true])('arrives: one recipient, both parts, a name of its own (forRootAsync: %s)', async (async) => {
    const server = await sink();
    const app = await start(server.url, async);
    await app.get(News).publish('jörg@münchen.example', 'Größe');
    await app.get(News).publish('ada@example.com', 'Lovelace');
    await drain(app);

    const [mail] = server.received.filter(({ to }) => to[0] === 'ada@example.com');
    expect(server.received.flatMap(({ to }) => to).toSorted()).toEqual(['ada@example.com', 'jörg@münchen.example']);
    expect(mail).toMatchObject({ from: 'noreply@example.com', to: ['ada@example.com'] });
    const [headers] = mail!.raw.split('\r\n\r\n');
    expect(headers).toMatch(/^From: =\?UTF-8\?.*<noreply@example\.com>$/m);
    expect(headers).toMatch(/^To: ada@example\.com$/m);
    expect(headers).toMatch(/^Subject: News: Lovelace$/m);
    expect(headers).toMatch(/^Message-ID: <[\w-]{22}@example\.com>$/m);
    expect(headers).toMatch(/^Auto-Submitted: auto-generated$/m);
    expect(headers).toMatch(/multipart\/alternative/);
    expect(mail!.raw).toContain('Content-Type: text/plain; charset=utf-8');
    expect(mail!.raw).toContain('Content-Type: text/html; charset=utf-8');
    expect(mail!.raw).toMatch(/http:\/\/localhost:3000\/news#[0-9a-f]{16}/);
  });

  it('holds no header that somebody has typed', async () => {
    const server = await sink();
    const app = await start(server.url);
    await app.get(News).publish('ada@example.com', 'x\r\nBcc: mallory@example.com\r\n\r\nBody');
    await app.get(News).publish('ada@example.com\r\nRCPT TO:<mallory@example.com>');
    await app.get(News).publish('ada@example.com,mallory@example.com');
    await drain(app);

    expect(server.received.map(({ to }) => to)).toEqual([['ada@example.com']]);
    const [headers] = server.received[0]!.raw.split('\r\n\r\n');
    expect(headers).not.toMatch(/^Bcc:/im);
    expect(server.received[0]!.raw).not.toContain('mallory');
  });

  it('waits while the server is down, and arrives afterwards', async () => {
    const port = await freePort();
    const app = await start(`smtp://127.0.0.1:${port}`);
    await expect(app.get(MailTransport).verify()).rejects.toThrow();
    await Promise.all(Array.from({ length: 30 }, (_, index) => app.get(News).publish(`u${index}@example.com`)));
    await drain(app);
    const server = await sink(port);
    clock.advance('10s');
    await drain(app);

    expect(server.received.flatMap(({ to }) => to).toSorted()).toEqual(
      Array.from({ length: 30 }, (_, index) => `u${index}@example.com`).toSorted(),
    );
    await expect(app.get(MailTransport).verify()).resolves.toBeUndefined();
  });

  it('changes nobody’s answer while the server hangs', { timeout: 60_000 }, async () => {
    const server = await new SilentServer().start();
    opened.push(server);
    const app = await start(server.url);
    const times: number[] = [];
    for (let round = 0; round < 30; round += 1) {
      const begun = performance.now();
      const { body } = await app.http().post('/news').expect(202);
      times.push(performance.now() - begun);
      expect(body).toEqual({ status: 'sent' });
    }
    await vi.waitFor(() => expect(server.connections).toBeGreaterThan(0));

    expect(times.toSorted((a, b) => a - b)[15]).toBeLessThan(100);
    expect(Math.max(...times)).toBeLessThan(1_000);
    const begun = performance.now();
    await app.close();
    opened.shift();
    expect(performance.now() - begun).toBeLessThan(8_000);
    await vi.waitFor(() => expect(server.open).toBe(0), { timeout: 3_000 });
  });

  it.each([
    ['gives up', 'for a mailbox that does not exist', 550, '5.1.1 no such user', true],
    ['gives up', 'for an address whose syntax the server does not take', 501, 'Bad recipient address syntax', true],
    ['tries again', 'when the server refuses to relay', 550, '5.7.1 relaying denied', false],
    ['tries again', 'when the server is busy', 451, '4.3.2 try later', false],
  ])('%s %s', async (_, __, code, message, dead) => {
    const server = await sink();
    server.refusal = { code, message };
    const app = await start(server.url);
    const events = eventsOf(app);
    await app.get(News).publish('ada@example.com');
    await drain(app);
    server.refusal = undefined;
    clock.advance('10s');
    await drain(app);

    expect(events.filter(({ type }) => type === 'mail.failed').map(({ data }) => data)).toEqual([
      { kind: 'news', attempts: 1, dead, reason: dead ? 'rejected' : 'failed' },
    ]);
    expect(server.received).toHaveLength(dead ? 0 : 1);
  });

  it('goes over a few connections, which end with the application', async () => {
    const server = await sink();
    const app = await start(server.url);
    for (let batch = 0; batch < 5; batch += 1) {
      await Promise.all(Array.from({ length: 20 }, (_, index) => app.get(News).publish(`u${batch}-${index}@example.com`)));
    }
    await drain(app);
    expect(server.received).toHaveLength(100);
    expect(server.open).toBeGreaterThan(0);
    expect(server.open).toBeLessThanOrEqual(5);
    await app.close();
    opened.shift();
    await vi.waitFor(() => expect(server.open).toBe(0));
  });

  it('stops the start of an application whose settings are wrong, all problems at once', async () => {
    const wrong = startAuthApp({ logger: false, mail: SmtpMail.forRoot({ url: 'http://x', from: 'nobody' }) });

    await expect(wrong).rejects.toThrow(/mail\.from.*\n.*|mail\.url/s);
    await expect(startAuthApp({ logger: false, mail: SmtpMail.forRoot({ from: 'a@b.com' } as never) })).rejects.toThrow(
      /`url` or `options`/,
    );
  });
});
