import { Injectable } from '@nestjs/common';
import { LeaseRepository } from '../../core/ports/lease.repository.js';
import { MemoryDatabase } from './memory-database.js';

@Injectable()
export class MemoryLeaseRepository extends LeaseRepository {
  constructor(private readonly database: MemoryDatabase) {
    super();
  }

  async take(name: string, holder: string, ttlMs: number): Promise<boolean> {
    return this.database.execute(({ leases }) => {
      const now = performance.now();
      const held = leases.get(name);
      if (held !== undefined && held.holder !== holder && held.until > now) return false;
      leases.set(name, { holder, until: now + ttlMs });
      return true;
    });
  }

  async release(name: string, holder: string): Promise<void> {
    await this.database.execute(({ leases }) => {
      if (leases.get(name)?.holder === holder) leases.delete(name);
    });
  }
}
