import { describe, expect, it } from 'vitest';
import { BootFindings } from './boot-findings.js';

const problem = (option: string) => ({ option, problem: 'is wrong.', remedy: 'Mend it.' });

describe('what rooms find wrong', () => {
  it('is put together by rule, in the order in which it was contributed', async () => {
    const findings = new BootFindings();
    findings.contribute('storage.column', async () => [problem('a'), problem('b')]);
    findings.contribute('mail.kind', () => [problem('c')]);
    findings.contribute('storage.column', () => [problem('d')]);

    expect(await findings.collect()).toEqual(
      new Map([
        ['storage.column', [problem('a'), problem('b'), problem('d')]],
        ['mail.kind', [problem('c')]],
      ]),
    );
  });

  it('is nothing where nobody has looked', async () => expect(await new BootFindings().collect()).toEqual(new Map()));

  it('is not known when somebody could not look', async () => {
    const findings = new BootFindings();
    findings.contribute('storage.column', () => Promise.reject(new TypeError('the database is away')));

    await expect(findings.collect()).rejects.toThrow('the database is away');
  });
});
