import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Clock, MailTransport, OutboxDispatcher } from 'nestjs-latchkey';
import { isWebhookSignatureValid, WebhookMail } from 'nestjs-latchkey/mail';
import { SettableClock } from 'nestjs-latchkey/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AuthApp, startAuthApp } from '../auth-app.js';
import { News, NewsRoom } from './news-room.js';

const MAIL_SECRET = 'w3bh00k-Kp9vQ2rT7mZ8wB4nL6pJ1sD5fG-test-only';

interface Received {
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

describe('mail by webhook', () => {
  const clock = new SettableClock();
  const received: Received[] = [];
  let answer: (response: ServerResponse) => void;
  let server: Server;
  let url: string;
  let app: AuthApp;
  const start = (): Promise<AuthApp> =>
    startAuthApp({
      rooms: [NewsRoom],
      logger: false,
      mail: WebhookMail.forRootAsync({
        useFactory: () => ({ url: `${url}/send`, secret: MAIL_SECRET, headers: { 'x-key': '7' } }),
      }),
      overrides: [{ provide: Clock, useValue: clock }],
    });
  const drain = (): Promise<void> => app.get(OutboxDispatcher).drain();

  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        received.push({ path: request.url!, headers: request.headers, body: Buffer.concat(chunks).toString('utf8') });
        answer(response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  beforeEach(async () => {
    answer = (response) => void response.writeHead(204).end();
    received.length = 0;
    app = await start();
  });
  afterEach(() => app.close());

  it('is a signed POST of JSON', async () => {
    await app.get(News).publish('ada@example.com', 'Größe');
    await drain();

    const [{ path, headers, body }] = received as [Received];
    expect(path).toBe('/send');
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'x-key': '7' });
    const mail = JSON.parse(body) as Record<string, string>;
    expect(mail).toEqual({
      type: 'mail',
      id: expect.stringMatching(/^[\w-]{22}$/),
      to: 'ada@example.com',
      subject: 'News: Größe',
      text: expect.stringContaining('Größe at localhost.'),
      html: expect.stringContaining('<html'),
    });
    const signature = headers['latchkey-signature'] as string;
    const check = { secret: MAIL_SECRET, body, signature, now: clock.now() };
    expect(isWebhookSignatureValid(check)).toBe(true);
    expect(isWebhookSignatureValid({ ...check, body: body.replace('ada', 'eve') })).toBe(false);
    expect(isWebhookSignatureValid({ ...check, secret: MAIL_SECRET.toLowerCase() })).toBe(false);
    expect(isWebhookSignatureValid({ ...check, now: clock.now() + 301_000 })).toBe(false);
    expect(isWebhookSignatureValid({ ...check, signature: signature.replace(/t=\d+/, 't=1') })).toBe(false);
    for (const none of [undefined, '', 'v1=', `t=1,v1=${'0'.repeat(63)}`]) {
      expect(isWebhookSignatureValid({ ...check, signature: none })).toBe(false);
    }
  });

  it.each([500, 404, 429])('is tried again after a %i, under the same id', async (status) => {
    answer = (response) => void response.writeHead(status).end('no');
    await app.get(News).publish('ada@example.com');
    await drain();
    answer = (response) => void response.writeHead(202).end();
    clock.advance('10s');
    await drain();
    await drain();

    expect(received).toHaveLength(2);
    expect(received[1]!.body).toBe(received[0]!.body);
    expect(received[1]!.headers['latchkey-signature']).not.toBe(received[0]!.headers['latchkey-signature']);
  });

  it('never follows a redirect', async () => {
    answer = (response) => void response.writeHead(307, { location: `${url}/elsewhere` }).end();
    await app.get(News).publish('ada@example.com');
    await drain();

    expect(received.map(({ path }) => path)).toEqual(['/send']);
  });

  it('is checked by a ping', async () => {
    await app.get(MailTransport).verify();
    expect(JSON.parse(received[0]!.body)).toEqual({ type: 'ping' });
    answer = (response) => void response.writeHead(401).end();
    await expect(app.get(MailTransport).verify()).rejects.toThrow('401');
  });

  it.each([
    [{ url: 'http://mail.example.com', secret: MAIL_SECRET }, /mail\.url/],
    [{ url: 'https://mail.example.com', secret: 'short' }, /mail\.secret/],
    [{ url: 'https://mail.example.com', secret: MAIL_SECRET, headers: { 'x-a': 'b\r\nx-c: d' } }, /mail\.headers\.x-a/],
    [undefined as never, /mail\.url[\s\S]*mail\.secret/],
  ])('stops the start of an application with %j', async (options, problem) => {
    await expect(startAuthApp({ logger: false, mail: WebhookMail.forRoot(options) })).rejects.toThrow(problem);
  });
});
