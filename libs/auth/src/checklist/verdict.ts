import type { Fact, Unreadable } from './boot-facts.js';
import type { Finding, Verdict } from './boot-rule.js';

export const NOTHING: readonly Finding[] = [];

/** One finding when `fails`, else none. */
export const when = (fails: boolean, option: string, problem: string, remedy: string): readonly Finding[] =>
  fails ? [{ option, problem, remedy }] : NOTHING;

/** Judges what could be read. @param subject e.g. `the database`, for those who wonder why nothing was judged */
export function ofFact<T extends object>(fact: Fact<T>, subject: string, judge: (fact: T) => Verdict): Verdict {
  if (fact === undefined) return { skipped: `nothing is known of ${subject}` };
  return isUnreadable(fact) ? { unknown: fact.unreadable } : judge(fact);
}

export const isUnreadable = (fact: object): fact is Unreadable => 'unreadable' in fact && Object.keys(fact).length === 1;
