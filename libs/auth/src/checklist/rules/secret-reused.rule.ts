import type { NamedSecret } from '../boot-facts.js';
import type { BootRule, Finding } from '../boot-rule.js';

/** Keys of one ring have one purpose. */
const purposeOf = ({ option }: NamedSecret): string => option.split('[')[0]!;

const reused = (option: string, other: string): Finding => ({
  option,
  problem: `is the same as ${other}.`,
  remedy: 'Generate one for each purpose: npx nestjs-latchkey generate-secret',
});

export const secretReusedRule: BootRule = {
  id: 'secret.reused',
  severity: { production: 'refuse', development: 'refuse' },
  option: 'secret',
  title: 'One secret serves two purposes.',
  why: 'Whoever is given it for one purpose, e.g. the receiver of a webhook, has the other, too.',
  source: 'NIST SP 800-57 part 1 section 5.2',
  remedy: 'Generate one for each purpose: npx nestjs-latchkey generate-secret',
  acknowledgeable: false,
  check: ({ secrets, mail }) => [
    ...secrets.flatMap((one, index) => {
      const twin = secrets.slice(0, index).find((other) => other.secret === one.secret && purposeOf(other) !== purposeOf(one));
      return twin === undefined ? [] : [reused(one.option, twin.option)];
    }),
    ...secrets.filter(({ secret }) => mail?.signsWith?.(secret) === true).map(({ option }) => reused('mail.secret', option)),
  ],
};
