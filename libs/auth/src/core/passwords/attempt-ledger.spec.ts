import { describe, expect, it } from 'vitest';
import { MemoryAttemptRepository } from '../../testing/memory-storage/memory-attempt.repository.js';
import { MemoryDatabase } from '../../testing/memory-storage/memory-database.js';
import { KeyRing } from '../crypto/key-ring.js';
import { OverloadedException } from '../errors/auth.errors.js';
import type { AuthEvents } from '../events/auth-events.js';
import { NO_CLIENT } from '../events/client-info.js';
import type { ResolvedAuthOptions } from '../options/auth.options.js';
import { SystemClock } from '../ports/clock.js';
import { AttemptLedger } from './attempt-ledger.js';
import { HashGate } from './hash-gate.js';
import type { SourceFailures } from './source-failures.js';

describe('AttemptLedger', () => {
  it('refuses what no hash could be begun for, before it writes anything', async () => {
    const attempts = new MemoryAttemptRepository(new MemoryDatabase());
    let written = 0;
    attempts.reserve = async () => ({ outcome: 'granted', written: ++written }) as never;
    const gate = new HashGate({ concurrency: 1, queue: 0 });
    const options = { lockout: {} } as ResolvedAuthOptions;
    const ring = new KeyRing(['kX3vQ9rT7mZ2wB8nL5pJ1sD6fG4hY0cA-test-only']);
    const sources = { reserve: async () => ({ fail: async () => {}, release: async () => {} }) } as unknown as SourceFailures;
    const ledger = new AttemptLedger(options, attempts, ring, sources, gate, {} as AuthEvents, new SystemClock());

    let end = () => {};
    const hash = gate.run(() => new Promise<void>((resolve) => (end = resolve)));
    await expect(ledger.reserve({ email: 'ada@example.com' }, NO_CLIENT)).rejects.toThrow(OverloadedException);
    expect(written).toBe(0);

    end();
    await hash;
    await ledger.reserve({ email: 'ada@example.com' }, NO_CLIENT);
    expect(written).toBe(1);
  });
});
