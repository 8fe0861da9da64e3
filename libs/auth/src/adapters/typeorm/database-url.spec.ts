import { describe, expect, it } from 'vitest';
import { databaseAddressOf } from './database-url.js';

describe('the address of a database', () => {
  it.each([
    ['postgres://localhost/app', 'postgres'],
    ['postgresql://localhost/app', 'postgres'],
    ['mysql://localhost/app', 'mysql'],
    ['mariadb://localhost/app', 'mariadb'],
  ])('%s is a server', (url, type) => {
    expect(databaseAddressOf(url)).toEqual({ type, url });
  });

  it.each([
    ['sqlite:data/app.sqlite', 'data/app.sqlite'],
    ['sqlite://data/app.sqlite', 'data/app.sqlite'],
    ['sqlite:/data/app.sqlite', '/data/app.sqlite'],
    ['sqlite:///data/app.sqlite', '/data/app.sqlite'],
    ['file:data/app.sqlite', 'data/app.sqlite'],
    ['file:///data/app%20one.sqlite', '/data/app one.sqlite'],
    ['./app.sqlite', './app.sqlite'],
    ['C:\\data\\app.sqlite', 'C:\\data\\app.sqlite'],
  ])('%s is a file', (url, file) => {
    expect(databaseAddressOf(url)).toEqual({ type: 'sqlite', file });
  });

  it('of another kind is none', () => {
    expect(databaseAddressOf('mongodb://localhost/app')).toBeNull();
  });
});
