import { setTimeout as pause } from 'node:timers/promises';
import { EmailTakenException } from '../../libs/auth/src/core/errors/auth.errors.js';
import { decideReservation, EMPTY_BUCKET } from '../../libs/auth/src/core/passwords/attempt-rules.js';
import type { AttemptReservation, AttemptRules } from '../../libs/auth/src/core/ports/attempt.repository.js';
import type { OutboxClaim, OutboxMessage } from '../../libs/auth/src/core/ports/outbox.js';
import type { OneTimeToken } from '../../libs/auth/src/core/ports/one-time-token.repository.js';
import type { SessionRotation } from '../../libs/auth/src/core/ports/session.repository.js';
import type { AuthUser, NewUser } from '../../libs/auth/src/core/ports/user.repository.js';
import { MemoryAttemptRepository } from '../../libs/auth/src/testing/memory-storage/memory-attempt.repository.js';
import { MemoryDatabase } from '../../libs/auth/src/testing/memory-storage/memory-database.js';
import { MemoryOneTimeTokenRepository } from '../../libs/auth/src/testing/memory-storage/memory-one-time-token.repository.js';
import { MemoryOutbox } from '../../libs/auth/src/testing/memory-storage/memory-outbox.js';
import { MemorySessionRepository } from '../../libs/auth/src/testing/memory-storage/memory-session.repository.js';
import { MemoryUserRepository } from '../../libs/auth/src/testing/memory-storage/memory-user.repository.js';

// Adapters as they are written when nobody thinks of a second request: look first, then act. The suites have to catch each of them.

/** The time between look and act. */
const meanwhile = (): Promise<void> => pause(2);

export class RacyUserRepository extends MemoryUserRepository {
  private taken = new Set<string>();

  constructor(private readonly racyDatabase: MemoryDatabase) {
    super(racyDatabase);
  }

  override async insert(user: NewUser): Promise<AuthUser> {
    if (this.taken.has(user.email) || (await this.findByEmail(user.email)) !== null) throw new EmailTakenException();
    await meanwhile();
    this.taken.add(user.email);
    const spare = new MemoryUserRepository(new MemoryDatabase());
    const inserted = await spare.insert(user);
    await this.racyDatabase.execute(
      ({ users }) => void users.set(String(inserted.id), { ...inserted, id: String(inserted.id), passwordHash: user.passwordHash }),
    );
    return inserted;
  }
}

export class RacySessionRepository extends MemorySessionRepository {
  override async rotate(rotation: SessionRotation): Promise<boolean> {
    const found = await this.findState(rotation.id);
    await meanwhile();
    if (found?.session.generation !== rotation.generation) return false;
    await super.rotate(rotation);
    return true;
  }
}

export class RacyOneTimeTokenRepository extends MemoryOneTimeTokenRepository {
  override async consume(selector: string, purpose: string, secretHash: string, now: number): Promise<boolean> {
    const found: OneTimeToken | null = await this.find(selector);
    await meanwhile();
    if (found?.purpose !== purpose || found.secretHash !== secretHash || found.expiresAt <= now) return false;
    await super.consume(selector, purpose, secretHash, now);
    return true;
  }
}

export class RacyAttemptRepository extends MemoryAttemptRepository {
  override async reserve(bucket: string, rules: AttemptRules, now: number): Promise<AttemptReservation> {
    const decision = decideReservation((await this.find(bucket)) ?? EMPTY_BUCKET, rules, now);
    await meanwhile();
    if (decision.outcome === 'granted') await super.reserve(bucket, rules, now);
    return decision;
  }
}

export class RacyOutbox extends MemoryOutbox {
  constructor(private readonly racyDatabase: MemoryDatabase) {
    super(racyDatabase);
  }

  override async claim(claim: OutboxClaim): Promise<OutboxMessage[]> {
    const { kinds, now, limit } = claim;
    const due = await this.racyDatabase.execute(({ outbox }) =>
      [...outbox.values()]
        .filter((row) => row.status === 'pending' && row.availableAt <= now && kinds.includes(row.kind))
        .slice(0, limit),
    );
    await meanwhile();
    await super.claim(claim);
    return due.map((row) => ({ ...row, payload: row.payload!, attempts: row.attempts + 1 }));
  }
}
