import type { ExecutionContext } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { bearerOf, cookieOf, httpRequestOf, pathOf } from './http-request.js';

const contextOf = (type: string, request: object): ExecutionContext =>
  ({ getType: () => type, switchToHttp: () => ({ getRequest: () => request }) }) as unknown as ExecutionContext;

describe('the request of a context', () => {
  it('is that of HTTP, and none of anything else', () => {
    const request = { method: 'GET', headers: {} };
    expect(httpRequestOf(contextOf('http', request))).toBe(request);
    for (const type of ['graphql', 'ws', 'rpc']) expect(httpRequestOf(contextOf(type, request))).toBeNull();
  });
});

describe('the path of a request', () => {
  it.each([
    ['/a/b?token=1?2', undefined, '/a/b'],
    ['/b?x=1', '/a/b?x=1', '/a/b'],
    ['/', undefined, '/'],
    [undefined, undefined, ''],
  ])('of url %s and original url %s is %s', (url, originalUrl, path) => {
    expect(pathOf({ method: 'GET', headers: {}, url, originalUrl })).toBe(path);
  });
});

describe('the cookie of a request', () => {
  it.each([
    ['sid=abc', 'abc'],
    ['other=1; sid=abc; last=2', 'abc'],
    [' sid = abc ', 'abc'],
    ['sid=a=b==', 'a=b=='],
    ['sid=', ''],
    ['sid', null],
    ['sid; sid=abc', 'abc'],
    ['sid; other=abc', null],
    ['flag; other=1', null],
    ['sidx', null],
    ['xsid=abc; sidx=1; Sid=2', null],
    ['', null],
    [';;', null],
    ['=abc', null],
    // Of two nobody knows which one is ours.
    ['sid=abc; sid=def', null],
    ['sid=abc; sid=', null],
    ['sid=abc; sid', 'abc'],
  ])('"%s" is %s', (cookie, value) => {
    expect(cookieOf({ cookie }, 'sid')).toBe(value);
  });

  it('may have a name of one letter', () => {
    expect(cookieOf({ cookie: 'x=1' }, 'x')).toBe('1');
  });

  it('is none where there is no header', () => {
    expect(cookieOf({}, 'sid')).toBeNull();
  });
});

describe('the bearer token of a request', () => {
  it.each([
    ['Bearer abc', 'abc'],
    ['bearer abc', 'abc'],
    ['BEARER   abc ', 'abc'],
    ['Bearer   abc  ', 'abc'],
    ['bearer abc Bearer ', 'abc Bearer'],
    ['Bearer ', ''],
    ['Bearer', ''],
    ['bearer', ''],
    ['Bearerabc', null],
    ['Basic Bearer ', null],
    ['Basic dXNlcjpwYXNz', null],
    ['xBearer abc', null],
    ['', null],
  ])('"%s" is %s', (authorization, token) => {
    expect(bearerOf({ authorization })).toBe(token);
  });

  it('is none where there is no header', () => {
    expect(bearerOf({})).toBeNull();
  });
});
