import type { LoggerService } from '@nestjs/common';
import { MailTransport, OutboxDispatcher } from 'nestjs-latchkey';
import { ConsoleMail, ConsoleMailTransport } from 'nestjs-latchkey/mail';
import { describe, expect, it } from 'vitest';
import { type AuthAppOptions, PRODUCTION, startAuthApp } from '../auth-app.js';
import { News, NewsRoom } from './news-room.js';

/** An application whose mail the harness leaves alone. */
const start = (options: AuthAppOptions) => startAuthApp({ database: 'memory', rooms: [NewsRoom], recordMail: false, ...options });

function recorder(): LoggerService & { lines: string[] } {
  const lines: string[] = [];
  const note = (message: unknown): void => void lines.push(String(message));
  return { lines, log: note, error: note, warn: note, debug: note, verbose: note, fatal: note };
}

describe('an application that names no transport', () => {
  it.each([false, true])('prints mail in development, and keeps it for its page (forRootAsync: %s)', async (async) => {
    const logger = recorder();
    const app = await start({ environment: 'development', logger, async });
    for (let index = 0; index < 105; index += 1) await app.get(News).publish(`u${index}@example.com`);
    await app.get(OutboxDispatcher).drain();
    const transport = app.get(MailTransport) as ConsoleMailTransport;

    expect(transport).toBeInstanceOf(ConsoleMailTransport);
    expect(transport.recent()).toHaveLength(100);
    expect(transport.recent()[0]).toMatchObject({
      to: expect.stringMatching(/^u\d+@example\.com$/),
      subject: 'News: Hello',
      text: expect.stringContaining('/news#'),
      html: expect.stringContaining('/news#'),
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    });
    expect(logger.lines.filter((line) => line.startsWith('To: u7@example.com\nSubject: News: Hello'))).toHaveLength(1);
    await app.close();
  });

  it('keeps mail in tests and prints none', async () => {
    const logger = recorder();
    const app = await start({ environment: 'test', logger });
    await app.get(News).publish('ada@example.com');
    await app.get(OutboxDispatcher).drain();

    expect((app.get(MailTransport) as ConsoleMailTransport).recent()).toHaveLength(1);
    expect(logger.lines.join('\n')).not.toContain('ada@example.com');
    await app.close();
  });

  it('does not start in production with a room that sends mail, and says what to do', async () => {
    const app = start({ ...PRODUCTION, logger: false });

    await expect(app).rejects.toThrow(/mail.*is not set, and NewsRoom sends mail[\s\S]*SmtpMail/);
  });

  it('starts in production without such a room, and runs no dispatcher', async () => {
    const app = await start({ ...PRODUCTION, logger: false, rooms: [] });

    await expect(app.get(MailTransport).verify()).rejects.toThrow('no mail transport');
    expect((app.get(OutboxDispatcher) as unknown as { timer: unknown }).timer).toBeUndefined();
    await app.close();
  });
});

describe('ConsoleMail in production', () => {
  const inProduction = { ...PRODUCTION, logger: false, mail: ConsoleMail } as const;

  it('is refused', async () => {
    await expect(start(inProduction)).rejects.toThrow(/ConsoleMail[\s\S]*mail\.console/);
  });

  it('is accepted by whoever says so', async () => {
    const app = await start({ ...inProduction, acknowledge: ['mail.console'] });

    expect(app.get(MailTransport)).toBeInstanceOf(ConsoleMailTransport);
    await app.close();
  });
});

describe('the wording of an application', () => {
  it('stops its start when it names what a mail does not have', async () => {
    const app = start({ mailWording: { news: { en: { subject: 'Hi {name}' } } }, logger: false });

    await expect(app).rejects.toThrow(/mailWording\.news\.en.*\{name\}/);
  });

  it('is used', async () => {
    const app = await startAuthApp({ rooms: [NewsRoom], mailWording: { news: { en: { subject: 'Read all about {headline}' } } } });
    await app.get(News).publish('ada@example.com', 'Ada');

    expect((await app.deliverMail()).lastTo('ada@example.com').subject).toBe('Read all about Ada');
    await app.close();
  });
});
