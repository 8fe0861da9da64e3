import { RequestMethod, VERSION_NEUTRAL, VersioningType } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { mailLink } from './mail-link.js';
import { servedPath } from './served-path.js';

const PAGE = '/auth/reset';
const excluded = (path: RegExp, requestMethod: RequestMethod) => [{ pathRegex: path, requestMethod, path: PAGE }];
const configOf = (prefix: string, versioning?: object, exclude?: object[]): ApplicationConfig => {
  const config = new ApplicationConfig();
  config.setGlobalPrefix(prefix);
  if (exclude !== undefined) config.setGlobalPrefixOptions({ exclude } as never);
  if (versioning !== undefined) config.enableVersioning(versioning as never);
  return config;
};

describe('where a page of ours is served', () => {
  it.each<[string, ApplicationConfig]>([
    [PAGE, configOf('')],
    ['/api/auth/reset', configOf('api')],
    ['/api/v1x/auth/reset', configOf('//api/v1x//')],
    [PAGE, configOf('/')],
    ['/v2/auth/reset', configOf('', { type: VersioningType.URI, defaultVersion: '2' })],
    ['/api/v2/auth/reset', configOf('api', { type: VersioningType.URI, defaultVersion: ['2', '3'] })],
    ['/version-2/auth/reset', configOf('', { type: VersioningType.URI, defaultVersion: '2', prefix: 'version-' })],
    ['/2/auth/reset', configOf('', { type: VersioningType.URI, defaultVersion: '2', prefix: false })],
    [PAGE, configOf('', { type: VersioningType.URI })],
    [PAGE, configOf('', { type: VersioningType.URI, defaultVersion: ['2', VERSION_NEUTRAL] })],
    [PAGE, configOf('', { type: VersioningType.HEADER, header: 'v', defaultVersion: '2' })],
    [PAGE, configOf('api', undefined, excluded(/^\/auth/, RequestMethod.GET))],
    [PAGE, configOf('api', undefined, excluded(/^\/auth/, RequestMethod.ALL))],
    ['/api/auth/reset', configOf('api', undefined, excluded(/^\/auth/, RequestMethod.POST))],
    ['/api/auth/reset', configOf('api', undefined, excluded(/^\/other/, RequestMethod.GET))],
    ['/api/auth/reset', configOf('api', undefined, [...excluded(/^\/other/, RequestMethod.GET)])],
    ['/v2/auth/reset', configOf('api', { type: VersioningType.URI, defaultVersion: '2' }, excluded(/^\/auth/, RequestMethod.GET))],
  ])('is %s', (path, config) => {
    expect(servedPath(config, PAGE)).toBe(path);
  });

  it('is where a link leads, with the token where no server sees it', () => {
    expect(mailLink('https://app.example.com/shop', PAGE, 's.t')).toBe('https://app.example.com/shop/auth/reset#s.t');
  });
});
