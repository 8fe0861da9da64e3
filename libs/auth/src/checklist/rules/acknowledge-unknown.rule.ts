import { closest } from '../../common/closest.js';
import type { BootRule } from '../boot-rule.js';

const problemOf = (id: string, rules: readonly string[]): string =>
  rules.includes(id) ? `${JSON.stringify(id)} cannot be accepted: nothing would work.` : `${JSON.stringify(id)} is no boot rule.`;

const remedyFor = (id: string, lenient: readonly string[]): string => {
  const suggestion = closest(id, lenient);
  return suggestion === undefined ? 'Remove it.' : `Did you mean ${JSON.stringify(suggestion)}?`;
};

export const acknowledgeUnknownRule: BootRule = {
  id: 'acknowledge.unknown',
  severity: { production: 'refuse', development: 'refuse' },
  option: 'acknowledge',
  title: '`acknowledge` names a rule that does not exist, or that cannot be accepted.',
  why: 'What was meant to be accepted is not, or is something else.',
  source: 'CWE-1188',
  remedy: 'Use an id of this page.',
  acknowledgeable: false,
  check: ({ options, rules, lenient }) =>
    options.acknowledge
      .filter((id) => !lenient.includes(id))
      .map((id) => ({ option: 'acknowledge', problem: problemOf(id, rules), remedy: remedyFor(id, lenient) })),
};
