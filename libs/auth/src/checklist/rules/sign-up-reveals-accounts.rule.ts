import type { BootRule } from '../boot-rule.js';
import { ofFact, when } from '../verdict.js';

export const signUpRevealsAccountsRule: BootRule = {
  id: 'sign-up.reveals-accounts',
  severity: { production: 'info', development: 'info' },
  option: 'signUp',
  title: 'Sign-up tells whether an address has an account.',
  why: 'It answers 409 for a taken one. Where that matters, have addresses confirmed before there is an account: then new and taken ones get one answer.',
  source: 'OWASP Authentication Cheat Sheet, Authentication and Error Messages; ASVS 5.0 6.3.8',
  remedy: 'EmailConfirmationModule.forRoot({ required: true })',
  check: ({ rooms, options }) =>
    ofFact(rooms, 'the rooms', ({ signUpReveals }) =>
      when(
        options.signUp === 'open' && signUpReveals,
        'signUp',
        'answers 409 for an address that has an account.',
        'EmailConfirmationModule.forRoot({ required: true }) gives new and taken addresses one answer.',
      ),
    ),
};
