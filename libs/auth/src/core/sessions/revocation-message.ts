import type { Revocation } from '../ports/revocation-log.js';

/** Where processes tell each other what to forget. */
export const REVOCATION_CHANNEL = 'auth:revocations';

const KINDS: readonly unknown[] = ['session', 'user', 'roles'] satisfies Revocation['kind'][];

/** @param origin names the sending process, which has forgotten already */
export const encodeRevocations = (origin: string, revocations: readonly Revocation[]): string =>
  JSON.stringify({ origin, revocations: revocations.map(({ kind, subject }) => [kind, subject]) });

/** What a message asks to forget; nothing when it is our own or not one of ours. Never throws: the channel is not ours alone. */
export function decodeRevocations(message: string, ownOrigin: string): Revocation[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(message);
  } catch {
    return [];
  }
  const { origin, revocations } = (parsed ?? {}) as { origin?: unknown; revocations?: unknown };
  if (origin === ownOrigin || !Array.isArray(revocations)) return [];
  return revocations.flatMap((pair: unknown) => {
    if (!Array.isArray(pair) || !KINDS.includes(pair[0]) || typeof pair[1] !== 'string') return [];
    return [{ kind: pair[0] as Revocation['kind'], subject: pair[1] }];
  });
}
