import { foldEmail, isEmailAddress } from '../../common/email-address.js';
import type { PasswordHasher } from '../../core/ports/password-hasher.js';
import type { ImportedUser } from '../../core/ports/user.repository.js';
import type { Entry } from './entry.js';
import { ACCOUNT_FIELDS, type AccountField, type Fields } from './fields.js';
import { namesOf, sinceOf, timeOf } from './values.js';

/** An account to be made, and where it stands. */
export interface Candidate {
  line: number;
  user: ImportedUser;
  roles: readonly string[];
}

/** The column of the shipped entity. */
const MAX_HASH_LENGTH = 512;

/** Makes accounts of entries. What is wrong with one is a few words that go behind "line 7"; they never hold a hash. */
export class AccountReader {
  constructor(
    private readonly fields: Fields,
    private readonly hasher: Pick<PasswordHasher, 'recognises'>,
    private readonly roles: ReadonlySet<string>,
    /** Held by every account. */
    private readonly everybody: readonly string[],
    private readonly now: Date,
  ) {}

  read(entry: Entry): Candidate | { line: number; fault: string } {
    if ('fault' in entry) return entry;
    const fault = (text: string): { line: number; fault: string } => ({ line: entry.line, fault: text });
    const account: Partial<Record<AccountField, unknown>> = {};
    const profile: Record<string, unknown> = {};
    for (const [column, value] of Object.entries(entry.values)) {
      const field = this.fields.fieldOf(column);
      if (field === undefined) return fault(`has ${JSON.stringify(column)}, which is no field of an account: --map ${column}=`);
      if (field === '' || value === '' || value === null) continue;
      if (typeof value === 'string' && value.includes('\uFFFD')) return fault(`has a ${field} that is not UTF-8`);
      if (isAccountField(field)) account[field] = value;
      else profile[field] = value;
    }

    const email = typeof account.email === 'string' ? foldEmail(account.email) : '';
    if (!isEmailAddress(email)) return fault(email === '' ? 'has no e-mail address' : 'has an e-mail address that is none');
    const passwordHash = account.passwordHash ?? null;
    if (passwordHash !== null && !this.isHash(passwordHash)) return fault('has a password hash of a form that is not known');
    const createdAt = timeOf(account.createdAt);
    if (createdAt === undefined) return fault('has a createdAt that is no time');
    const emailConfirmedAt = sinceOf(account.emailConfirmed, createdAt ?? this.now);
    if (emailConfirmedAt === undefined) return fault('has an emailConfirmed that is neither true, false nor a time');
    const disabledAt = sinceOf(account.disabled, this.now);
    if (disabledAt === undefined) return fault('has a disabled that is neither true, false nor a time');
    const roles = namesOf(account.roles);
    if (roles === undefined) return fault('has roles that are no names');
    const unknown = roles.find((role) => !this.roles.has(role));
    if (unknown !== undefined) return fault(`has the role ${JSON.stringify(unknown)}, which there is not`);

    const user = { email, passwordHash, emailConfirmedAt, disabledAt, createdAt: createdAt ?? this.now, profile };
    return { line: entry.line, user, roles: [...new Set([...this.everybody, ...roles])] };
  }

  private isHash(value: unknown): value is string {
    return typeof value === 'string' && value.length <= MAX_HASH_LENGTH && this.hasher.recognises(value);
  }
}

const isAccountField = (field: string): field is AccountField => (ACCOUNT_FIELDS as readonly string[]).includes(field);
