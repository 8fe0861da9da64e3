import type { UnitOfWork } from '../../core/ports/unit-of-work.js';
import type { RoleRepository } from '../../core/ports/role.repository.js';
import type { UserRepository } from '../../core/ports/user.repository.js';
import type { Candidate } from './account.js';

/** What became of a line that is no account now. */
export interface Leftover {
  line: number;
  outcome: 'existing' | 'bad';
  /** Goes behind "line 7". */
  reason: string;
}

const EXISTING = 'has the address of an account that exists';
/** A store that does not answer is asked again so often, after a second each time. */
const PATIENCE = 5;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Makes accounts, many in one unit of work: an account is there with its roles, or not at all. An import that was broken off is run again;
 * what exists is left as it is.
 */
export class UserImport {
  constructor(
    private readonly users: UserRepository,
    private readonly roles: RoleRepository,
    private readonly units: UnitOfWork,
    private readonly isDryRun: boolean,
  ) {}

  /** @returns the candidates that were not made, by line; @throws what the store throws that is no candidate's fault */
  async write(candidates: readonly Candidate[]): Promise<Leftover[]> {
    const lines = new Map<string, number>();
    const leftovers: Leftover[] = [];
    const first: Candidate[] = [];
    for (const candidate of candidates) {
      const twin = lines.get(candidate.user.email);
      if (twin === undefined) first.push(candidate);
      else leftovers.push({ line: candidate.line, outcome: 'existing', reason: `has the address of line ${twin}` });
      lines.set(candidate.user.email, twin ?? candidate.line);
    }
    const taken = await this.patiently(() => this.users.takenEmails(first.map(({ user }) => user.email)));
    const fresh = first.filter(({ user }) => !taken.has(user.email));
    for (const { line, user } of first) if (taken.has(user.email)) leftovers.push({ line, outcome: 'existing', reason: EXISTING });
    if (!this.isDryRun) leftovers.push(...(await this.insert(fresh)));
    return leftovers.toSorted((a, b) => a.line - b.line);
  }

  /** All at once, or by halves until what cannot be stored stands alone. */
  private async insert(candidates: readonly Candidate[]): Promise<Leftover[]> {
    if (candidates.length === 0) return [];
    try {
      await this.patiently(() => this.units.run(() => this.insertTogether(candidates)));
      return [];
    } catch (error) {
      const code = codeOf(error);
      if (code !== 'auth.email_taken' && code !== 'auth.validation_failed') throw error;
      if (candidates.length === 1) {
        const { line } = candidates[0]!;
        if (code === 'auth.email_taken') return [{ line, outcome: 'existing', reason: EXISTING }];
        return [{ line, outcome: 'bad', reason: 'has a value that the user table does not take' }];
      }
      const half = Math.ceil(candidates.length / 2);
      const [left, right] = [await this.insert(candidates.slice(0, half)), await this.insert(candidates.slice(half))];
      return [...left, ...right];
    }
  }

  private async insertTogether(candidates: readonly Candidate[]): Promise<void> {
    const ids = await this.users.insertAll(candidates.map(({ user }) => user));
    const holders = new Map<string, string[]>();
    for (const { user, roles } of candidates) {
      for (const role of roles) holders.set(role, [...(holders.get(role) ?? []), ids.get(user.email)!]);
    }
    for (const [role, userIds] of holders) await this.roles.grantAll(userIds, role);
  }

  private async patiently<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        if (codeOf(error) !== 'auth.store_unavailable' || attempt === PATIENCE) throw error;
        await pause(1_000);
      }
    }
  }
}

/** By its code: a CommonJS application throws the twin of our class. */
const codeOf = (error: unknown): unknown => (error as { errorCode?: unknown } | null)?.errorCode;
