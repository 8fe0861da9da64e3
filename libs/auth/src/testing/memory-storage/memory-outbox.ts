import { Injectable } from '@nestjs/common';
import {
  type NewOutboxMessage,
  Outbox,
  type OutboxBacklog,
  type OutboxClaim,
  type OutboxMessage,
  type OutboxOutcome,
} from '../../core/ports/outbox.js';
import { MemoryDatabase, type MemoryOutboxRow } from './memory-database.js';

@Injectable()
export class MemoryOutbox extends Outbox {
  constructor(private readonly database: MemoryDatabase) {
    super();
  }

  async enqueue(message: NewOutboxMessage): Promise<boolean> {
    return this.database.execute(({ outbox }) => {
      const isDouble = message.dedupKey !== null && [...outbox.values()].some(({ dedupKey }) => dedupKey === message.dedupKey);
      if (isDouble) return false;
      outbox.set(message.id, { ...message, status: 'pending', attempts: 0, claimedBy: null });
      return true;
    });
  }

  async claim({ worker, kinds, now, until, limit }: OutboxClaim): Promise<OutboxMessage[]> {
    return this.database.execute(({ outbox }) => {
      const due = [...outbox.values()]
        .filter(({ status, availableAt, kind }) => status === 'pending' && availableAt <= now && kinds.includes(kind))
        .toSorted((a, b) => a.availableAt - b.availableAt || (a.id < b.id ? -1 : 1))
        .slice(0, limit);
      const claimed = due.map((row) => ({ ...row, claimedBy: worker, availableAt: until, attempts: row.attempts + 1 }));
      for (const row of claimed) outbox.set(row.id, row);
      return claimed
        .map(({ id, kind, dedupKey, payload, attempts, createdAt }) => ({
          id,
          kind,
          dedupKey,
          payload: payload!,
          attempts,
          createdAt,
        }))
        .toSorted((a, b) => a.createdAt - b.createdAt);
    });
  }

  async rewrite(id: string, worker: string, payload: string): Promise<boolean> {
    return this.change(id, worker, { payload });
  }

  async finish(id: string, worker: string, outcome: OutboxOutcome, now: number): Promise<boolean> {
    return this.change(id, worker, { status: outcome, payload: null, availableAt: now, claimedBy: null });
  }

  async retry(id: string, worker: string, availableAt: number): Promise<boolean> {
    return this.change(id, worker, { availableAt, claimedBy: null });
  }

  async backlog(): Promise<OutboxBacklog> {
    return this.database.execute(({ outbox }) => {
      const rows = [...outbox.values()];
      const pending = rows.filter(({ status }) => status === 'pending');
      return {
        pending: pending.length,
        dead: rows.filter(({ status }) => status === 'dead').length,
        oldestCreatedAt: pending.length === 0 ? null : Math.min(...pending.map(({ createdAt }) => createdAt)),
      };
    });
  }

  async deleteFinished(before: number, limit: number): Promise<number> {
    return this.database.execute(({ outbox }) => {
      const doomed = [...outbox.values()].filter(({ status, availableAt }) => status !== 'pending' && availableAt < before);
      for (const { id } of doomed.slice(0, limit)) outbox.delete(id);
      return Math.min(doomed.length, limit);
    });
  }

  private async change(id: string, worker: string, changes: Partial<MemoryOutboxRow>): Promise<boolean> {
    return this.database.execute(({ outbox }) => {
      const row = outbox.get(id);
      if (row === undefined || row.status !== 'pending' || row.claimedBy !== worker) return false;
      outbox.set(id, { ...row, ...changes });
      return true;
    });
  }
}
