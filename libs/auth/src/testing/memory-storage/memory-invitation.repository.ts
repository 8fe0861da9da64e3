import { Injectable } from '@nestjs/common';
import { type Invitation, InvitationRepository } from '../../features/invitation/invitation.ports.js';
import { MemoryDatabase } from './memory-database.js';

@Injectable()
export class MemoryInvitationRepository extends InvitationRepository {
  constructor(private readonly database: MemoryDatabase) {
    super();
  }

  async replace(invitation: Invitation): Promise<void> {
    await this.database.execute(({ invitations }) => {
      for (const { id, inviterId, email } of invitations.values()) {
        if (inviterId === invitation.inviterId && email === invitation.email) invitations.delete(id);
      }
      invitations.set(invitation.id, structuredClone(invitation));
    });
  }

  async find(id: string): Promise<Invitation | null> {
    return this.database.execute(({ invitations }) => structuredClone(invitations.get(id) ?? null));
  }

  async listPending(inviterId: string, now: number, limit: number): Promise<Invitation[]> {
    return this.database.execute(({ invitations }) =>
      [...invitations.values()]
        .filter((one) => one.inviterId === inviterId && one.expiresAt > now)
        .toSorted((a, b) => b.createdAt - a.createdAt)
        .slice(0, limit)
        .map((one) => structuredClone(one)),
    );
  }

  async prolong(id: string, inviterId: string, now: number, expiresAt: number): Promise<boolean> {
    return this.database.execute(({ invitations }) => {
      const found = invitations.get(id);
      if (found === undefined || found.inviterId !== inviterId || found.expiresAt <= now) return false;
      invitations.set(id, { ...found, expiresAt });
      return true;
    });
  }

  async take(id: string, now: number, inviterId?: string): Promise<boolean> {
    return this.database.execute(({ invitations }) => {
      const found = invitations.get(id);
      if (found === undefined || found.expiresAt <= now) return false;
      return (inviterId === undefined || found.inviterId === inviterId) && invitations.delete(id);
    });
  }

  async deleteExpired(before: number, limit: number): Promise<number> {
    return this.database.execute(({ invitations }) => {
      const doomed = [...invitations.values()].filter(({ expiresAt }) => expiresAt < before).slice(0, limit);
      for (const { id } of doomed) invitations.delete(id);
      return doomed.length;
    });
  }
}
