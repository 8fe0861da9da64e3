import type { FieldFault } from '../../core/errors/auth.exception.js';

interface Refusal extends Error {
  errorCode: string;
  getResponse(): { details?: readonly FieldFault[] };
}

/** An exception of the library, known by its code: a CommonJS host throws the twin of our class. */
const isRefusal = (error: unknown): error is Refusal =>
  error instanceof Error &&
  typeof (error as Partial<Refusal>).errorCode === 'string' &&
  typeof (error as Partial<Refusal>).getResponse === 'function';

/** What the library refuses with, in one sentence: every field and its reason, else the message. `undefined` for what is no refusal of it. */
export function refusalOf(error: unknown): string | undefined {
  if (!isRefusal(error)) return undefined;
  const faults = error.getResponse().details ?? [];
  return `${faults.length > 0 ? faults.map(reasonOf).join('; ') : error.message}.`;
}

const reasonOf = ({ field, code, message, rule }: FieldFault): string =>
  `${field}: ${message.replace(/[.!?]$/, '')} (${rule === undefined ? code : `${code}, rule ${rule}`})`;
