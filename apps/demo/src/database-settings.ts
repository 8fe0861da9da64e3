/** Where the accounts are. */
export type DatabaseSettings =
  | { readonly kind: 'postgres' | 'mysql' | 'mariadb'; readonly url: string }
  /** `file` is a path, or `:memory:`. */
  | { readonly kind: 'sqlite'; readonly file: string };

/** `postgres://…`, `mysql://…`, `mariadb://…`, `sqlite:<file>`, `file:<file>` or the path of an SQLite file; `undefined` for anything else. */
export function parseDatabaseUrl(url: string): DatabaseSettings | undefined {
  const scheme = /^([a-z][a-z0-9+]+):/i.exec(url)?.[1]?.toLowerCase();
  switch (scheme) {
    case 'postgres':
    case 'postgresql':
      return onServer('postgres', url);
    case 'mysql':
    case 'mariadb':
      return onServer(scheme, url);
    case 'sqlite':
    case 'file':
      return sqlite(url.slice(scheme.length + 1).replace(/^\/\/(?=.)/, ''));
    case undefined:
      return sqlite(url);
    default:
      return undefined;
  }
}

const onServer = (kind: 'postgres' | 'mysql' | 'mariadb', url: string): DatabaseSettings | undefined =>
  URL.canParse(url) && new URL(url).hostname !== '' ? { kind, url } : undefined;

const sqlite = (file: string): DatabaseSettings | undefined => (file === '' ? undefined : { kind: 'sqlite', file });

/** For people: without user name and password. */
export function describeDatabase(database: DatabaseSettings): string {
  if (database.kind === 'sqlite') return `SQLite in ${database.file}`;
  const { host, pathname } = new URL(database.url);
  return `${{ postgres: 'PostgreSQL', mysql: 'MySQL', mariadb: 'MariaDB' }[database.kind]} at ${host}${pathname}`;
}
