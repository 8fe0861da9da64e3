import { Injectable } from '@nestjs/common';
import { type OneTimeToken, OneTimeTokenRepository } from '../../core/ports/one-time-token.repository.js';
import { isPresent, MemoryDatabase } from './memory-database.js';

@Injectable()
export class MemoryOneTimeTokenRepository extends OneTimeTokenRepository {
  constructor(private readonly database: MemoryDatabase) {
    super();
  }

  async replace(token: OneTimeToken): Promise<void> {
    await this.database.execute(({ tokens }) => {
      for (const { selector, purpose, subject } of tokens.values()) {
        if (purpose === token.purpose && subject === token.subject) tokens.delete(selector);
      }
      tokens.set(token.selector, structuredClone(token));
    });
  }

  async find(selector: string): Promise<OneTimeToken | null> {
    return this.database.execute(({ tokens }) => structuredClone(tokens.get(selector) ?? null));
  }

  async findBySubject(purpose: string, subject: string): Promise<OneTimeToken | null> {
    return this.findWhere((token) => token.purpose === purpose && token.subject === subject);
  }

  async findNewest(purpose: string, groupKey: string, now: number): Promise<OneTimeToken | null> {
    if (!isPresent(groupKey)) return null;
    return this.findWhere((token) => token.purpose === purpose && token.groupKey === groupKey && token.expiresAt > now);
  }

  async consume(selector: string, purpose: string, secretHash: string, now: number): Promise<boolean> {
    return this.database.execute(({ tokens }) => {
      const token = tokens.get(selector);
      const matches = token?.purpose === purpose && token.secretHash === secretHash && token.expiresAt > now;
      return matches && tokens.delete(selector);
    });
  }

  async deleteByUser(userId: string, purpose?: string): Promise<number> {
    if (!isPresent(userId)) return 0;
    return this.deleteWhere((token) => token.userId === userId && (purpose === undefined || token.purpose === purpose), Infinity);
  }

  async deleteGroup(purpose: string, groupKey: string): Promise<number> {
    if (!isPresent(groupKey)) return 0;
    return this.deleteWhere((token) => token.purpose === purpose && token.groupKey === groupKey, Infinity);
  }

  async deleteExpired(before: number, limit: number): Promise<number> {
    return this.deleteWhere(({ expiresAt }) => expiresAt < before, limit);
  }

  private findWhere(condition: (token: OneTimeToken) => boolean): Promise<OneTimeToken | null> {
    return this.database.execute(({ tokens }) => {
      const found = [...tokens.values()].filter(condition).toSorted((a, b) => b.createdAt - a.createdAt);
      return structuredClone(found[0] ?? null);
    });
  }

  private deleteWhere(condition: (token: OneTimeToken) => boolean, limit: number): Promise<number> {
    return this.database.execute(({ tokens }) => {
      const doomed = [...tokens.values()].filter(condition).slice(0, limit);
      for (const { selector } of doomed) tokens.delete(selector);
      return doomed.length;
    });
  }
}
