import { describe, expect, it } from 'vitest';
import { AccessTokenKeys } from '../../core/tokens/access-token-keys.js';
import { StaticKeyProvider } from '../../core/tokens/static-key-provider.js';
import { run } from '../run.js';
import type { Terminal } from '../terminal.js';

async function printed(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const lines = { out: [] as string[], err: [] as string[] };
  const terminal = {
    out: (line: string) => lines.out.push(line),
    err: (line: string) => lines.err.push(line),
  } as unknown as Terminal;
  return { code: await run(args, terminal), out: lines.out.join('\n'), err: lines.err.join('\n') };
}

describe('generate-keys', () => {
  it.each(['EdDSA', 'ES256', 'RS256'] as const)('prints a key that signs with %s, as PEM and as JWK', async (algorithm) => {
    for (const format of ['pem', 'jwk']) {
      const { code, out } = await printed('generate-keys', '--alg', algorithm, '--format', format);
      expect(code).toBe(0);
      const keys = AccessTokenKeys.fromPairs(
        await new StaticKeyProvider([format === 'pem' ? out : JSON.parse(out)]).keyPairs(),
        algorithm,
      );
      expect(keys.signing.algorithm).toBe(algorithm);
    }
  });

  it('refuses an algorithm that access tokens do not use', async () => {
    const { code, out, err } = await printed('generate-keys', '--alg', 'HS256');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain('EdDSA');
  });
});
