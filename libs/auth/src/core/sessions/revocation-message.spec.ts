import { describe, expect, it } from 'vitest';
import type { Revocation } from '../ports/revocation-log.js';
import { decodeRevocations, encodeRevocations } from './revocation-message.js';

describe('a message of revocations', () => {
  const revocations: Revocation[] = [
    { kind: 'session', subject: 's1' },
    { kind: 'user', subject: 'u1' },
    { kind: 'roles', subject: 'u2' },
  ];

  it('says to others what to forget, and nothing to its sender', () => {
    const message = encodeRevocations('here', revocations);

    expect(decodeRevocations(message, 'there')).toEqual(revocations);
    expect(decodeRevocations(message, 'here')).toEqual([]);
  });

  it.each([
    'no JSON',
    'null',
    '7',
    '[]',
    '{}',
    '{"origin":"x","revocations":7}',
    '{"origin":"x","revocations":["session"]}',
    '{"origin":"x","revocations":[["planet","earth"]]}',
    '{"origin":"x","revocations":[["session",7]]}',
    '{"origin":"x","revocations":[null,["session"]]}',
  ])('asks to forget nothing when it is %s', (message) => expect(decodeRevocations(message, 'here')).toEqual([]));

  it('is understood as far as it can be', () => {
    expect(decodeRevocations('{"revocations":[["planet","x"],["user","u1","more"]]}', 'here')).toEqual([
      { kind: 'user', subject: 'u1' },
    ]);
  });
});
