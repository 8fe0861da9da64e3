import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { EmailTakenException } from '../../core/errors/auth.errors.js';
import {
  type AuthUser,
  type EmailChange,
  type EmailClaim,
  type NewUser,
  type PasswordReplacement,
  type UserPage,
  UserRepository,
  type UserWithPassword,
} from '../../core/ports/user.repository.js';
import { isPresent, MemoryDatabase, type MemoryTables, type MemoryUserRow } from './memory-database.js';

@Injectable()
export class MemoryUserRepository extends UserRepository {
  constructor(private readonly database: MemoryDatabase) {
    super();
  }

  async findById(id: string): Promise<AuthUser | null> {
    return (await this.findByIdWithPassword(id))?.user ?? null;
  }

  async findByEmail(email: string): Promise<AuthUser | null> {
    return (await this.findByEmailWithPassword(email))?.user ?? null;
  }

  async findByEmailWithPassword(email: string): Promise<UserWithPassword | null> {
    if (!isPresent(email)) return null;
    return this.database.execute((tables) => withPassword(rowOfEmail(tables, email), tables));
  }

  async findByIdWithPassword(id: string): Promise<UserWithPassword | null> {
    if (!isPresent(id)) return null;
    return this.database.execute((tables) => withPassword(tables.users.get(id), tables));
  }

  async insert({ email, passwordHash, emailConfirmedAt, createdAt, profile }: NewUser): Promise<AuthUser> {
    return this.database.execute((tables) => {
      if (rowOfEmail(tables, email) !== undefined) throw new EmailTakenException();
      const row: MemoryUserRow = {
        name: null,
        ...profile,
        id: randomUUID(),
        email,
        emailConfirmedAt,
        passwordHash,
        disabledAt: null,
        lockedAt: null,
        credentialsVersion: 1,
        emailVersion: 1,
        createdAt,
      };
      tables.users.set(row.id, row);
      return publicUser(row);
    });
  }

  async updateProfile(id: string, profile: Record<string, unknown>): Promise<AuthUser | null> {
    return this.database.execute((tables) => {
      const row = change(tables, id, () => profile);
      return row === null ? null : publicUser(row);
    });
  }

  async replacePassword(id: string, { passwordHash, ifHash }: PasswordReplacement): Promise<number | null> {
    return this.database.execute((tables) => {
      const row = change(tables, id, ({ passwordHash: stored, credentialsVersion }) =>
        ifHash !== undefined && ifHash !== stored ? null : { passwordHash, credentialsVersion: credentialsVersion + 1 },
      );
      return row?.credentialsVersion ?? null;
    });
  }

  async upgradePasswordHash(id: string, from: string, to: string): Promise<boolean> {
    return this.changed(id, ({ passwordHash }) => (passwordHash === from ? { passwordHash: to } : null));
  }

  async setDisabled(id: string, at: Date | null): Promise<boolean> {
    return this.changed(id, (row) => ({ disabledAt: at, credentialsVersion: row.credentialsVersion + (at === null ? 0 : 1) }));
  }

  async setLocked(id: string, at: Date | null): Promise<boolean> {
    return this.changed(id, (row) => ({ lockedAt: at, credentialsVersion: row.credentialsVersion + (at === null ? 0 : 1) }));
  }

  async confirmEmail(id: string, emailVersion: number, at: Date): Promise<boolean> {
    return this.changed(id, (row) => (row.emailVersion === emailVersion ? { emailConfirmedAt: at } : null));
  }

  async claimEmail(id: string, { ifEmailVersion, passwordHash, at }: EmailClaim): Promise<number | null> {
    return this.database.execute((tables) => {
      const row = change(tables, id, ({ emailVersion, emailConfirmedAt, credentialsVersion }) =>
        emailVersion !== ifEmailVersion || emailConfirmedAt !== null
          ? null
          : { emailConfirmedAt: at, passwordHash, credentialsVersion: credentialsVersion + 1 },
      );
      return row?.credentialsVersion ?? null;
    });
  }

  async changeEmail(id: string, { email, ifEmailVersion, confirmedAt }: EmailChange): Promise<number | null> {
    return this.database.execute((tables) => {
      const row = change(tables, id, ({ emailVersion, credentialsVersion }) => {
        if (emailVersion !== ifEmailVersion) return null;
        const holder = rowOfEmail(tables, email);
        if (holder !== undefined && holder.id !== id) throw new EmailTakenException();
        return {
          email,
          emailConfirmedAt: confirmedAt,
          emailVersion: emailVersion + 1,
          credentialsVersion: credentialsVersion + 1,
        };
      });
      return row?.credentialsVersion ?? null;
    });
  }

  async delete(id: string): Promise<boolean> {
    return this.database.execute((tables) => tables.users.delete(id));
  }

  async list({ after, limit }: UserPage): Promise<AuthUser[]> {
    return this.database.execute(({ users }) =>
      [...users.values()]
        .filter(({ id }) => after === undefined || id > after)
        .toSorted((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, limit)
        .map(publicUser),
    );
  }

  private changed(id: string, patch: (row: MemoryUserRow) => Partial<MemoryUserRow> | null): Promise<boolean> {
    return this.database.execute((tables) => change(tables, id, patch) !== null);
  }
}

const rowOfEmail = ({ users }: MemoryTables, email: string): MemoryUserRow | undefined =>
  [...users.values()].find((row) => row.email === email);

/** Replaces the row by itself and `patch`; `null` when there is no such row or the patch is refused. */
function change(
  { users }: MemoryTables,
  id: string,
  patch: (row: MemoryUserRow) => Partial<MemoryUserRow> | null,
): MemoryUserRow | null {
  const row = users.get(id);
  const changes = row === undefined ? null : patch(row);
  if (row === undefined || changes === null) return null;
  const next: MemoryUserRow = { ...row, ...changes };
  users.set(id, next);
  return next;
}

/** A copy without the hash, as an entity is loaded elsewhere. */
export function publicUser({ passwordHash: _, ...user }: MemoryUserRow): AuthUser {
  return user;
}

function withPassword(row: MemoryUserRow | undefined, { grants }: MemoryTables): UserWithPassword | null {
  if (row === undefined) return null;
  return { user: publicUser(row), passwordHash: row.passwordHash, roles: [...(grants.get(row.id) ?? [])] };
}
