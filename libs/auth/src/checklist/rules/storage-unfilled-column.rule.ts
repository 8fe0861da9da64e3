import type { BootRule } from '../boot-rule.js';
import { ofFact } from '../verdict.js';

export const storageUnfilledColumnRule: BootRule = {
  id: 'storage.unfilled-column',
  severity: { production: 'refuse', development: 'refuse' },
  option: 'storage.userEntity',
  title: 'The user table has a required column that nothing fills.',
  why: 'Every sign-up would fail.',
  source: 'SQL: a column that is NOT NULL and has no default',
  remedy: 'Give it a default, make it a required field of the profile class, or name it in @UseSignUpPolicy({ fills: [...] }).',
  check: ({ rooms, contributed }) =>
    ofFact(rooms, 'the rooms', ({ unfilledColumns }) => [
      ...unfilledColumns.map((column) => ({
        option: 'storage.userEntity',
        problem: `Column ${column} is required, and nothing fills it.`,
        remedy:
          'Give it a default, make it a required field of the profile class, or name it in @UseSignUpPolicy({ fills: [...] }).',
      })),
      ...(contributed?.get('storage.unfilled-column') ?? []),
    ]),
};
