import { beforeEach, describe, expect, it } from 'vitest';
import { resolveLinkTarget } from './link-target.js';
import { OptionChecks } from './option-checks.js';

const BUILT_IN = { path: '/auth/password/reset', isBuiltIn: true, isDefault: true };

describe('where the links of a room lead', () => {
  let checks: OptionChecks;
  beforeEach(() => {
    checks = new OptionChecks();
  });

  const target = (page: unknown) => resolveLinkTarget(checks, page, 'auth', 'password/reset');
  const complaints = () => checks.problems.map(({ option }) => option);

  it('is the built-in page below the prefix unless something else is said', () => {
    expect(target(undefined)).toEqual(BUILT_IN);
    expect(complaints()).toEqual([]);
  });

  it.each(['/', '/reset', '/account/new-password?lang=de'])('is %s, when the host has its page there', (path) => {
    expect(target(path)).toEqual({ path, isBuiltIn: false, isDefault: false });
    expect(complaints()).toEqual([]);
  });

  it('is the built-in page where a proxy puts a path before it', () => {
    expect(target('/shop/auth/password/reset')).toEqual({ path: '/shop/auth/password/reset', isBuiltIn: true, isDefault: false });
    expect(target('/auth/password/reset/own')).toMatchObject({ isBuiltIn: false });
  });

  it.each([
    ['relative', 'reset'],
    ['relative, with a slash in it', 'account/reset'],
    ['empty', ''],
    ['on another host', '//evil.example/reset'],
    ['on another host, as browsers read it', '/\\evil.example/reset'],
    ['a whole URL', 'https://app.example.com/reset'],
    ['with a space', '/re set'],
    ['with a line break at its end', '/reset\n'],
    ['with a fragment, where the token goes', '/#/reset'],
    ['a number', 7],
    ['a list, which reads as a path', ['/reset']],
    ['null', null],
  ])('is the built-in page after a complaint when what is said is %s', (_, page) => {
    expect(target(page)).toEqual(BUILT_IN);
    expect(complaints()).toEqual(['page']);
  });

  it('is complained of by the name of the option', () => {
    resolveLinkTarget(checks, 'reset', 'auth', 'unlock', 'lockout.unlockPage');

    expect(complaints()).toEqual(['lockout.unlockPage']);
  });
});
