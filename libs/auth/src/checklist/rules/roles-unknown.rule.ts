import { closest } from '../../common/closest.js';
import type { BootRule } from '../boot-rule.js';
import { ofFact } from '../verdict.js';

const remedyFor = (role: string, known: readonly string[]): string => {
  const suggestion = closest(role, known);
  return suggestion === undefined ? 'Add it to the roles of RolesModule.' : `Did you mean ${JSON.stringify(suggestion)}?`;
};

export const rolesUnknownRule: BootRule = {
  id: 'roles.unknown',
  severity: { production: 'refuse', development: 'warn' },
  option: 'RolesModule',
  title: 'A route asks for a role that does not exist.',
  why: 'Nobody can ever pass, or whoever may define roles makes up the key to it.',
  source: 'OWASP ASVS 5.0 8.1.1',
  remedy: 'RolesModule.forRoot({ roles: { … } }) with every role that a route names.',
  check: ({ rooms }) =>
    ofFact(rooms, 'the rooms', ({ requiredRoles, knownRoles }) =>
      [...requiredRoles]
        .filter(([role]) => !knownRoles.includes(role))
        .map(([role, routes]) => ({
          option: routes.join(', '),
          problem: `asks for the role ${JSON.stringify(role)}, which does not exist.`,
          remedy: remedyFor(role, knownRoles),
        })),
    ),
};
