import { describe, expect, it } from 'vitest';
import { BootFindings } from './boot-findings.js';

const problem = (option: string) => ({ option, problem: 'is missing.', remedy: 'Add it.' });

describe('what rooms find wrong', () => {
  it('is nothing where nobody has looked', async () => {
    expect(await new BootFindings().collect()).toEqual(new Map());
  });

  it('is asked when it is collected, and kept by rule', async () => {
    const findings = new BootFindings();
    let column = 'a';
    findings.contribute('storage.column', () => [problem(column)]);
    findings.contribute('mail.template', async () => []);
    findings.contribute('storage.column', async () => [problem('b'), problem('c')]);
    column = 'changed';
    expect(await findings.collect()).toEqual(
      new Map([
        ['storage.column', [problem('changed'), problem('b'), problem('c')]],
        ['mail.template', []],
      ]),
    );
  });

  it('is no answer when one cannot look', async () => {
    const findings = new BootFindings();
    findings.contribute('storage.column', () => Promise.reject(new Error('away')));
    await expect(findings.collect()).rejects.toThrow('away');
  });
});
