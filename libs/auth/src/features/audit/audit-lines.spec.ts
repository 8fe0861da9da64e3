import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { AuthEvent } from '../../core/events/auth-event.js';
import { recordOf } from './audit-lines.js';

class HostEvent extends AuthEvent<Record<string, unknown>> {
  static override readonly type = 'host.event';
}

class User {
  passwordHash = 'SECRET';
}

const FORGED = '\n{"event":"admin_login"}';
const event = (data: Record<string, unknown>, text = 'x'): HostEvent =>
  new HostEvent(1_780_000_000_000, { user: text, sessionId: text, client: { ip: text, userAgent: text, requestId: text } }, data);

describe('a line of the audit log', () => {
  it('is an object of plain values', () => {
    expect(recordOf(event({ reason: 'x', count: 2, is: true, none: null, list: ['a', { b: 1 }] }))).toEqual({
      event: 'host.event',
      at: '2026-05-28T20:26:40.000Z',
      userId: 'x',
      sessionId: 'x',
      ip: 'x',
      userAgent: 'x',
      requestId: 'x',
      data: { reason: 'x', count: 2, is: true, none: null, list: ['a', { b: 1 }] },
    });
  });

  it.each([
    FORGED,
    FORGED.replace('\n', '\r\n'),
    '\u2028{}',
    '\u0085{}',
    '\u001b[2K\u001b[1G{}',
    '\u009b2J',
    '\u202e}"nigol_nimda":"tneve"{',
    '\ud800',
  ])('is one line, whatever %j says', (text) => {
    const record = recordOf(event({ [text]: text, deep: [[text]] }, text));
    const line = JSON.stringify(record);

    // eslint-disable-next-line no-control-regex
    expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e]|\\[nru]/u);
    expect(JSON.parse(line)).toEqual(record);
    expect(Object.keys(record)).toEqual(['event', 'at', 'userId', 'sessionId', 'ip', 'userAgent', 'requestId', 'data']);
  });

  it('names what is no plain value by its class, and tells nothing of it', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const data = {
      user: new User(),
      buffer: Buffer.from('SECRET'),
      error: new Error('SECRET'),
      key: privateKey,
      map: new Map([['SECRET', 1]]),
      call: () => 'SECRET',
      list: [new User()],
      notANumber: Number.NaN,
    };
    const record = recordOf(event(data));

    expect(record['data']).toEqual({
      user: '[User]',
      buffer: '[Buffer]',
      error: '[Error]',
      key: '[PrivateKeyObject]',
      map: '[Map]',
      call: '[function]',
      list: ['[User]'],
      notANumber: '[number]',
    });
    expect(JSON.stringify(record)).not.toContain('SECRET');
  });

  it('has a bounded length', () => {
    const endless: Record<string, unknown> = { text: 'x'.repeat(1e6), list: Array.from({ length: 1e4 }, () => 1) };
    endless['self'] = endless;

    expect(JSON.stringify(recordOf(event(endless, 'y'.repeat(1e6)))).length).toBeLessThan(10_000);
  });
});
