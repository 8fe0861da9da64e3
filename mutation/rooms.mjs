// The rooms of the core in the order of what depends on them, and the suites that are run against their mutants besides the unit specs of
// the core: those that need no server, no browser and no process of their own. More of them kill few more and take longer.
export const ROOMS = {
  sessions: [],
  tokens: [],
  'sign-in': ['sign-in', 'sign-out', 'policies', 'enumeration', 'email-confirmation', 'lockout', 'cookies'],
  passwords: ['lockout', 'overload', 'password-rules', 'password-change', 'policies'],
  access: ['access', 'access-boot', 'access-denials', 'access-paths', 'origin-rule', 'bad-input', 'bad-requests', 'cookies'],
  accounts: ['accounts', 'account-of-ones-own', 'password-change', 'sessions', 'email-confirmation', 'email-change'],
  crypto: [],
  limits: [],
  mail: ['notices', 'email-confirmation'],
  events: ['events', 'policies', 'audit'],
  options: ['boot', 'secrets'],
  errors: ['bad-requests', 'boot'],
  ports: [],
};
