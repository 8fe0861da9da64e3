import { describe, inject, it } from 'vitest';

/** A server the suites talk to. Names are those printed when one is missing. */
export type ServiceName = 'postgres' | 'mariadb' | 'redis';

/** What the global setup found or started, handed to every test file. */
export interface FoundServices {
  /** Unique per run; part of every database name and key prefix, so that runs side by side do not meet. */
  readonly runId: string;
  /** Administrative URLs. A missing entry: no such server could be had. */
  readonly urls: Partial<Record<ServiceName, string>>;
}

declare module 'vitest' {
  interface ProvidedContext {
    services: FoundServices;
  }
}

const LABEL: Record<ServiceName, string> = { postgres: 'PostgreSQL', mariadb: 'MariaDB', redis: 'Redis' };

export const services = (): FoundServices => inject('services');

export const has = (name: ServiceName): boolean => services().urls[name] !== undefined;

/** @throws Error when the server is missing: wrap the suite in {@link describeWith}. */
export function serviceUrl(name: ServiceName): string {
  const url = services().urls[name];
  if (!url) throw new Error(`${LABEL[name]} is not available: wrap the suite in describeWith(['${name}'], …).`);
  return url;
}

/**
 * A suite that needs real servers. Where one is missing it says so in one skipped line;
 * with `CI=true` that line is a failure, because there nothing may go untested unnoticed.
 */
export function describeWith(needed: readonly ServiceName[], name: string, suite: () => void): void {
  const missing = needed.filter((service) => !has(service));
  if (missing.length === 0) {
    describe(name, suite);
    return;
  }
  notRun(
    name,
    missing.map((service) => LABEL[service]),
  );
}

/** Marks `name` as not run for want of `missing`: a plain skipped line, a failure with `CI=true`. */
export function notRun(name: string, missing: readonly string[]): void {
  const line = `not run: no ${missing.join(' and no ')} found`;
  describe(name, () => {
    if (process.env.CI === 'true') {
      it(line, () => {
        throw new Error(`${name} was ${line}, and CI=true.`);
      });
    } else {
      it.skip(line, () => undefined);
    }
  });
}
