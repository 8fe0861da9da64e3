import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { signingKeyProblems } from './signing-key.rules.js';

describe('a key that cannot sign RS256', () => {
  it('is one for RSA-PSS, which is RSA by its name only', () => {
    const pair = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
    expect(signingKeyProblems([{ algorithm: 'RS256', ...pair }], 'RS256')).toMatchObject([
      { kind: 'unfit', problem: expect.stringContaining('RSA-PSS') as string },
    ]);
  });

  it('is one of a curve', () => {
    const pair = generateKeyPairSync('ed25519');
    expect(signingKeyProblems([{ algorithm: 'RS256', ...pair }], 'RS256')).toMatchObject([{ kind: 'unfit' }]);
  });
});
