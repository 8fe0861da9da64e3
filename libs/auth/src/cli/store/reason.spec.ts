import { describe, expect, it } from 'vitest';
import { AuthConfigurationError } from '../../core/errors/auth-configuration.error.js';
import { reasonOf } from './reason.js';

describe('the reason of a failure', () => {
  it('is one line that ends with a full stop', () => {
    expect(reasonOf(new Error('it broke\n    at somewhere'))).toBe('it broke.');
    expect(reasonOf(new Error('Why?'))).toBe('Why?');
    expect(reasonOf('thrown')).toBe('unknown reason.');
    expect(reasonOf(undefined)).toBe('unknown reason.');
  });

  it('is found where Node hides it', () => {
    expect(reasonOf(new AggregateError([new Error('connect ECONNREFUSED ::1:5432')], ''))).toBe('connect ECONNREFUSED ::1:5432.');
    expect(reasonOf(Object.assign(new Error(''), { code: 'ETIMEDOUT' }))).toBe('ETIMEDOUT.');
  });

  it('names the first problem of a configuration, and how many there are besides', () => {
    const problem = { option: 'secret', problem: 'is missing.', remedy: 'Generate one.' };

    expect(reasonOf(new AuthConfigurationError([problem]))).toBe('secret: is missing. Generate one.');
    expect(reasonOf(new AuthConfigurationError([problem, problem, problem]))).toBe(
      'secret: is missing. Generate one. There are 2 more problems.',
    );
  });

  it('repeats no secret', () => {
    expect(reasonOf(new Error('no entry for me:s3cret'), ['s3cret'])).toBe('no entry for me:….');
  });
});
