import { describe, expect, it } from 'vitest';
import type { VerifiedAccessToken } from './access-token.js';
import { VerifiedTokenMemory } from './verified-token-memory.js';

const token = (jti: string) => ({ jti }) as VerifiedAccessToken;

describe('VerifiedTokenMemory', () => {
  it('never holds more than its capacity', () => {
    const memory = new VerifiedTokenMemory(100);
    for (let i = 0; i < 10_000; i++) memory.set(`d${i}`, token(`t${i}`));
    expect(memory.size).toBe(100);
    expect(memory.get('d9999')?.jti).toBe('t9999');
    expect(memory.get('d0')).toBeUndefined();
  });

  it('spares what is in use before what is not', () => {
    const memory = new VerifiedTokenMemory(3);
    for (const text of ['a', 'b', 'c']) memory.set(text, token(text));
    memory.get('a');
    memory.set('d', token('d'));
    expect(['a', 'b', 'c', 'd'].filter((text) => memory.get(text))).toEqual(['a', 'c', 'd']);
  });

  it('makes room in constant time also when everything is in use', () => {
    const memory = new VerifiedTokenMemory(1000);
    for (let i = 0; i < 1000; i++) memory.set(`d${i}`, token('t'));
    for (let i = 0; i < 1000; i++) memory.get(`d${i}`);
    memory.set('new', token('new'));
    expect(memory.size).toBe(1000);
    expect(memory.get('new')?.jti).toBe('new');
  });

  it('forgets on demand and reuses the room, also of a token that came back', () => {
    const memory = new VerifiedTokenMemory(2);
    memory.set('a', token('1'));
    memory.delete('a');
    memory.set('a', token('2'));
    memory.set('b', token('3'));
    expect(memory.get('a')?.jti).toBe('2');
    memory.set('c', token('4'));
    expect(memory.size).toBe(2);
    memory.clear();
    expect([memory.size, memory.get('c')]).toEqual([0, undefined]);
    memory.set('e', token('5'));
    expect(memory.get('e')?.jti).toBe('5');
  });

  it('believes a signature only with the text that it was verified with', () => {
    const memory = new VerifiedTokenMemory(2);
    memory.set('header.payload.signature', token('1'));
    for (const other of ['header.other.signature', 'other.payload.signature', 'signature', '.signature']) {
      expect(memory.get(other), other).toBeUndefined();
    }
    expect(memory.get('header.payload.signature')?.jti).toBe('1');
  });

  it('can be turned off', () => {
    const memory = new VerifiedTokenMemory(0);
    memory.set('a', token('1'));
    expect(memory.get('a')).toBeUndefined();
  });
});
