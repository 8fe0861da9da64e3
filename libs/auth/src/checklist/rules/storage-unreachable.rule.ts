import type { BootRule } from '../boot-rule.js';
import { isUnreadable, NOTHING } from '../verdict.js';

export const storageUnreachableRule: BootRule = {
  id: 'storage.unreachable',
  severity: { production: 'refuse', development: 'refuse' },
  option: 'storage',
  title: 'The database does not answer.',
  why: 'Nobody could sign in.',
  source: 'OWASP ASVS 5.0 16.5.2',
  remedy: 'Check the address, the credentials and the network of the data source.',
  acknowledgeable: false,
  check: ({ storage }) => {
    if (storage === undefined) return { skipped: 'nothing is known of the database' };
    return isUnreadable(storage)
      ? [{ option: 'storage', problem: `The database does not answer: ${storage.unreadable}.`, remedy: 'Check the data source.' }]
      : NOTHING;
  },
};
