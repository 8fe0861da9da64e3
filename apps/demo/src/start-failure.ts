import { describeDatabase } from './database-settings.js';
import type { Settings } from './settings.js';

/** Why the demo does not run, in a message for people; never a stack. */
export function startFailure(error: unknown, settings?: Settings): string {
  const { code, syscall, message } = rootOf(error);
  if (settings !== undefined && code === 'EADDRINUSE') return `Port ${settings.port} is in use: set PORT to another one.`;
  if (settings !== undefined && (code === 'EACCES' || code === 'EADDRNOTAVAIL') && syscall === 'listen') {
    return `${settings.host}:${settings.port} cannot be listened on (${code}): set HOST and PORT.`;
  }
  if (settings !== undefined && isAboutConnection(code, message)) {
    return `The database cannot be used (${describeDatabase(settings.database)}): ${message || code}. Check DATABASE_URL.`;
  }
  return message || 'The demo could not start.';
}

interface Failure {
  code?: string;
  syscall?: string;
  message: string;
}

/** A host name with several addresses fails once for each of them, together without a message. */
function rootOf(error: unknown): Failure {
  if (error instanceof AggregateError && error.errors.length > 0) return rootOf(error.errors[0]);
  return error instanceof Error ? (error as Failure) : { message: String(error) };
}

const CONNECTION =
  /^(ECONN|ENOTFOUND|ETIMEDOUT|EHOSTUNREACH|EAI_AGAIN|ENOENT|28|3D|57P|ER_ACCESS_DENIED|ER_DBACCESS|ER_BAD_DB|SQLITE_)/;

const isAboutConnection = (code: string | undefined, message: string): boolean =>
  CONNECTION.test(code ?? '') || /timeout|unable to open/i.test(message);
