import { Injectable } from '@nestjs/common';
import {
  type Session,
  type SessionActivity,
  type SessionRekeying,
  type SessionRenewal,
  SessionRepository,
  type SessionRotation,
  type SessionState,
  type SessionWithOwner,
} from '../../core/ports/session.repository.js';
import { MemoryDatabase, type MemoryTables } from './memory-database.js';
import { publicUser } from './memory-user.repository.js';

@Injectable()
export class MemorySessionRepository extends SessionRepository {
  constructor(private readonly database: MemoryDatabase) {
    super();
  }

  async insert(session: Session): Promise<void> {
    await this.database.execute(({ sessions }) => {
      if (sessions.has(session.id)) throw new Error('A session of this id exists');
      sessions.set(session.id, copy(session));
    });
  }

  async findState(id: string): Promise<SessionState | null> {
    return this.database.execute(({ sessions, users }) => {
      const session = sessions.get(id);
      if (session === undefined) return null;
      const owner = users.get(session.userId);
      const ownerHolds =
        owner !== undefined &&
        owner.disabledAt === null &&
        owner.lockedAt === null &&
        owner.credentialsVersion === session.credentialsVersion;
      return { session: copy(session), ownerHolds };
    });
  }

  async findWithOwner(id: string): Promise<SessionWithOwner | null> {
    return this.database.execute(({ sessions, users }) => {
      const session = sessions.get(id);
      if (session === undefined) return null;
      const owner = users.get(session.userId);
      return { session: copy(session), user: owner === undefined ? null : publicUser(owner) };
    });
  }

  async listLive(userId: string, now: number): Promise<Session[]> {
    return this.database.execute(({ sessions }) =>
      [...sessions.values()]
        .filter((session) => session.userId === userId && isLive(session, now))
        .toSorted((a, b) => b.lastSeenAt - a.lastSeenAt)
        .map(copy),
    );
  }

  async rotate({ id, generation, seed, keyId, now, idleExpiresAt }: SessionRotation): Promise<boolean> {
    return this.change(id, (session) =>
      isLive(session, now) && session.generation === generation && session.seed === seed
        ? { generation: generation + 1, rotatedAt: now, lastSeenAt: now, keyId, idleExpiresAt }
        : null,
    );
  }

  async renew({ id, now, ifSecretHash, ...renewal }: SessionRenewal): Promise<boolean> {
    return this.change(id, (session) =>
      isLive(session, now) && (ifSecretHash == null || session.secretHash === ifSecretHash)
        ? { ...renewal, amr: [...renewal.amr], generation: 1, rotatedAt: now, lastSeenAt: now }
        : null,
    );
  }

  async carryOver(id: string, credentialsVersion: number, now: number): Promise<boolean> {
    return this.change(id, (session) => (isLive(session, now) ? { credentialsVersion } : null));
  }

  async reauthenticate(id: string, authTime: number, amr: string[], now: number): Promise<boolean> {
    return this.change(id, (session) => (isLive(session, now) ? { authTime, amr: [...amr] } : null));
  }

  async touch({ id, lastSeenAt, idleExpiresAt }: SessionActivity): Promise<void> {
    await this.change(id, (session) =>
      session.revokedAt === null
        ? { lastSeenAt: Math.max(session.lastSeenAt, lastSeenAt), idleExpiresAt: Math.max(session.idleExpiresAt, idleExpiresAt) }
        : null,
    );
  }

  async rekey({ id, from, secretHash, keyId }: SessionRekeying): Promise<boolean> {
    return this.change(id, (session) => (session.secretHash === from && session.revokedAt === null ? { secretHash, keyId } : null));
  }

  async revoke(id: string, now: number, userId?: string): Promise<boolean> {
    return this.change(id, (session) =>
      session.revokedAt === null && (userId === undefined || session.userId === userId) ? { revokedAt: now } : null,
    );
  }

  async revokeAll(userId: string, now: number, exceptId?: string): Promise<number> {
    return this.database.execute((tables) => {
      const ended = [...tables.sessions.values()].filter(
        (session) => session.userId === userId && session.revokedAt === null && session.id !== exceptId,
      );
      for (const session of ended) tables.sessions.set(session.id, { ...session, revokedAt: now });
      return ended.length;
    });
  }

  async deleteExpired(before: number, limit: number): Promise<number> {
    return this.database.execute(({ sessions }) => {
      const expired = [...sessions.values()]
        .filter(
          ({ absoluteExpiresAt, idleExpiresAt, revokedAt }) =>
            absoluteExpiresAt < before || idleExpiresAt < before || (revokedAt !== null && revokedAt < before),
        )
        .slice(0, limit);
      for (const { id } of expired) sessions.delete(id);
      return expired.length;
    });
  }

  private change(id: string, patch: (session: Session) => Partial<Session> | null): Promise<boolean> {
    return this.database.execute(({ sessions }: MemoryTables) => {
      const session = sessions.get(id);
      const changes = session === undefined ? null : patch(session);
      if (session === undefined || changes === null) return false;
      sessions.set(id, { ...session, ...changes });
      return true;
    });
  }
}

const isLive = ({ revokedAt, idleExpiresAt, absoluteExpiresAt }: Session, now: number): boolean =>
  revokedAt === null && idleExpiresAt > now && absoluteExpiresAt > now;

const copy = (session: Session): Session => ({ ...session, amr: [...session.amr] });
