import { RequestMethod, VERSION_NEUTRAL, VersioningType } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';

type Config = Pick<ApplicationConfig, 'getGlobalPrefix' | 'getGlobalPrefixOptions' | 'getVersioning'>;

/**
 * Where Nest serves a page of ours: below the host's global prefix and the version of its URLs, unless the page is excluded from the prefix.
 * Both are set after the modules are made, so ask when a link is made, not before.
 *
 * @param path below the root, beginning with `/`
 */
export function servedPath(config: Config, path: string): string {
  const versioned = `${versionOf(config)}${path}`;
  const prefix = config.getGlobalPrefix().replace(/^\/*|\/*$/g, '');
  return prefix === '' || isExcluded(config, path) ? versioned : `/${prefix}${versioned}`;
}

function versionOf(config: Config): string {
  const versioning = config.getVersioning();
  if (versioning?.type !== VersioningType.URI || versioning.defaultVersion === undefined) return '';
  const versions = [versioning.defaultVersion].flat();
  if (versions.includes(VERSION_NEUTRAL)) return '';
  const { prefix = 'v' } = versioning;
  return `/${prefix === false ? '' : prefix}${String(versions[0])}`;
}

const isExcluded = (config: Config, path: string): boolean =>
  (config.getGlobalPrefixOptions().exclude ?? []).some(
    ({ pathRegex, requestMethod }) =>
      [RequestMethod.ALL, RequestMethod.GET].includes(requestMethod) && new RegExp(pathRegex.source, pathRegex.flags).test(path),
  );
