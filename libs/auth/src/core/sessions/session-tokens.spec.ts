import { describe, expect, it } from 'vitest';
import { KeyRing } from '../crypto/key-ring.js';
import { SessionTokens } from './session-tokens.js';

const OLD = 'old-kX3vQ9rT7mZ2wB8nL5pJ1sD6fG4hY0cA';
const NEW = 'new-q8Zt5Lw1Vn4Xc7Rb2Mk9Hs6Jd3Pf0GyE';

describe('the refresh token of a session', () => {
  const tokens = new SessionTokens(new KeyRing([OLD]));
  const session = { id: tokens.newSessionId(), seed: tokens.newSeed(), generation: 3, keyId: tokens.refreshKeyId };
  const parsed = (text: string) => tokens.parseRefreshToken(text)!;

  it('follows from the row and the ring, so that it can be given twice', () => {
    const token = tokens.refreshToken(session);

    expect(tokens.refreshToken({ ...session })).toBe(token);
    expect(parsed(token)).toEqual({ sessionId: session.id, generation: 3, mac: token.split('.')[2] });
    expect(tokens.isGenuine(parsed(token), session)).toBe(true);
  });

  it('is another one with every session, seed and generation', () => {
    const others = [{ id: tokens.newSessionId() }, { seed: tokens.newSeed() }, { generation: 4 }];
    const macs = [session, ...others.map((other) => ({ ...session, ...other }))].map((one) => parsed(tokens.refreshToken(one)).mac);

    expect(new Set(macs).size).toBe(4);
  });

  it('is genuine as an earlier generation, and never before it was made', () => {
    const second = parsed(tokens.refreshToken({ ...session, generation: 2 }));
    const fourth = parsed(tokens.refreshToken({ ...session, generation: 4 }));

    expect(tokens.isGenuine(second, session)).toBe(true);
    expect(tokens.isGenuine(fourth, session)).toBe(false);
  });

  it('of the current generation is made by the key that the row names, an earlier one by any key of the ring', () => {
    const both = new SessionTokens(new KeyRing([NEW, OLD]));
    const current = parsed(tokens.refreshToken(session));
    const movedOn = { ...session, generation: 4, keyId: both.refreshKeyId };

    expect(both.isGenuine(current, session)).toBe(true);
    expect(both.isGenuine(current, { ...session, keyId: both.refreshKeyId })).toBe(false);
    expect(both.isGenuine(current, movedOn)).toBe(true);
    expect(new SessionTokens(new KeyRing([NEW])).isGenuine(current, movedOn)).toBe(false);
  });

  it('can neither be made nor recognised when its key has left the ring', () => {
    const later = new SessionTokens(new KeyRing([NEW]));

    expect(tokens.canRefresh(session)).toBe(true);
    expect(later.canRefresh(session)).toBe(false);
    expect(later.isGenuine(parsed(tokens.refreshToken(session)), session)).toBe(false);
    expect(() => later.refreshToken(session)).toThrow('The key of this session is not in the ring');
  });

  const [id, generation, mac] = tokens.refreshToken(session).split('.') as [string, string, string];
  it.each([
    ['with something before it', `x${id}.${generation}.${mac}`],
    ['with something behind it', `${id}.${generation}.${mac}x`],
    ['with a shorter id', `${id.slice(1)}.${generation}.${mac}`],
    ['with a shorter MAC', `${id}.${generation}.${mac.slice(1)}`],
    ['of generation nought', `${id}.0.${mac}`],
    ['of a generation with a nought before it', `${id}.03.${mac}`],
    ['of an enormous generation', `${id}.12345678901.${mac}`],
    ['of a generation that is no number', `${id}.x.${mac}`],
    ['without a generation', `${id}.${mac}`],
    ['with another alphabet in its id', `${'.'.repeat(22)}.${generation}.${mac}`],
    ['with another alphabet in its MAC', `${id}.${generation}.${'='.repeat(43)}`],
  ])('is none %s', (_, text) => expect(tokens.parseRefreshToken(text)).toBeNull());

  it('may be of generation ten and more', () => expect(parsed(`${id}.1234567890.${mac}`).generation).toBe(1_234_567_890));
});

describe('the mark of a session', () => {
  const tokens = new SessionTokens(new KeyRing([OLD]));

  it('tells secrets apart, and is the same for every reading of a row', () => {
    const session = { seed: tokens.newSeed() };

    expect(tokens.markOf(session)).toMatch(/^[\w-]{11}$/);
    expect(tokens.markOf(session)).toBe(tokens.markOf({ ...session }));
    expect(tokens.markOf(session)).not.toBe(tokens.markOf({ seed: tokens.newSeed() }));
    expect(session.seed).not.toContain(tokens.markOf(session));
  });

  it('is reckoned once for each object, since it is asked for with every request', () => {
    const session = { seed: tokens.newSeed() };
    const mark = tokens.markOf(session);
    session.seed = tokens.newSeed();

    expect(tokens.markOf(session)).toBe(mark);
  });
});

describe('the cookie of a session', () => {
  const tokens = new SessionTokens(new KeyRing([OLD]));
  const id = tokens.newSessionId();
  const made = tokens.newCookie(id);
  const session = { id, secretHash: made.secretHash, keyId: made.keyId };
  const cookie = tokens.parseCookie(made.value)!;

  it('opens its session and no other', () => {
    expect(cookie).toEqual({ sessionId: id, secret: made.value.split('.')[1] });
    expect(tokens.matchesCookie(cookie, session)).toBe(true);
    expect(tokens.matchesCookie(cookie, { ...session, id: tokens.newSessionId() })).toBe(false);
    expect(tokens.matchesCookie(cookie, { ...session, secretHash: tokens.newCookie(id).secretHash })).toBe(false);
  });

  it('opens no bearer session, and nothing once its key has left the ring', () => {
    expect(tokens.matchesCookie(cookie, { ...session, secretHash: null })).toBe(false);
    expect(new SessionTokens(new KeyRing([NEW])).matchesCookie(cookie, session)).toBe(false);
  });

  it('is never kept as it is', () => expect(made.secretHash).not.toContain(cookie.secret));

  it.each([
    ['with something before it', `x${made.value}`],
    ['with something behind it', `${made.value}x`],
    ['with a shorter id', made.value.slice(1)],
    ['with a shorter secret', made.value.slice(0, -1)],
    ['in one piece', made.value.replace('.', '-')],
    ['with another alphabet in its id', `${'='.repeat(22)}.${cookie.secret}`],
  ])('is none %s', (_, text) => expect(tokens.parseCookie(text)).toBeNull());

  it('moves to the newest key without another secret, and only then', () => {
    const both = new SessionTokens(new KeyRing([NEW, OLD]));
    const rekeying = both.rekeyed(cookie, session)!;

    expect(rekeying).toMatchObject({ id, from: session.secretHash });
    expect(new SessionTokens(new KeyRing([NEW])).matchesCookie(cookie, { ...session, ...rekeying })).toBe(true);
    expect(both.rekeyed(cookie, { ...session, ...rekeying })).toBeNull();
    expect(tokens.rekeyed(cookie, session)).toBeNull();
    expect(both.rekeyed(cookie, { ...session, secretHash: null })).toBeNull();
  });

  it('has to be looked at again when other secrets are in force', () => {
    const ring = new KeyRing([OLD]);
    const before = new SessionTokens(ring).keysVersion;
    ring.replace([NEW]);

    expect(new SessionTokens(ring).keysVersion).not.toBe(before);
  });
});
