import { describe, expect, it } from 'vitest';
import { CommandError } from '../terminal.js';
import { Fields } from './fields.js';

const fields = (map: Record<string, string> = {}, profile: readonly string[] | null = ['name', 'plan']): Fields =>
  new Fields(profile, new Map(Object.entries(map)));

describe('the columns of a file', () => {
  it('are fields by their names, however those are spelt, or as they are mapped', () => {
    const known = fields({ encrypted_password: 'passwordHash', id: '' });
    known.useHeader(['E-Mail', 'encrypted_password', 'email_confirmed', 'Plan', 'id']);

    expect(['E-Mail', 'encrypted_password', 'email_confirmed', 'Plan', 'id', 'nobody'].map((name) => known.fieldOf(name))).toEqual([
      'email',
      'passwordHash',
      'emailConfirmed',
      'plan',
      '',
      undefined,
    ]);
  });

  it.each<[string, Record<string, string>, string[], RegExp]>([
    [
      'a column that is no field',
      {},
      ['email', 'nmae'],
      /Column "nmae" is no field of an account\. Did you mean name\? .*--map nmae=/,
    ],
    ['one field twice', {}, ['email', 'name', 'Name'], /Columns "name" and "Name" are both name/],
    ['no address', {}, ['name'], /No column holds addresses/],
    ['a mapping of what is not there', { mail: 'email' }, ['email'], /--map names column "mail"/],
    ['a mapping to what is no field', { a: 'passwort' }, ['email', 'a'], /--map a=passwort names no field/],
  ])('are refused with %s', (_, map, header, message) => {
    const use = () => fields(map).useHeader(header);
    expect(use).toThrow(CommandError);
    expect(use).toThrow(message);
  });

  it('may be any of the profile when the store takes any, but nothing that is more than a name', () => {
    const any = fields({}, null);
    expect([any.fieldOf('nickname'), any.fieldOf('__proto__'), any.fieldOf('a b')]).toEqual(['nickname', undefined, undefined]);
  });
});
