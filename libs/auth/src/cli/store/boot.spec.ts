import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConsoleMail } from '../../adapters/mail/console-mail.module.js';
import { dataSourceModuleFor } from '../../adapters/typeorm/database-url.js';
import { MigrationPlan } from '../../adapters/typeorm/migrations/migration-plan.js';
import { AuthModule } from '../../auth.module.js';
import { randomToken } from '../../core/crypto/random.js';
import { MailService } from '../../core/mail/mail.service.js';
import { OutboxDispatcher } from '../../core/mail/outbox-dispatcher.js';
import { Outbox } from '../../core/ports/outbox.js';
import { RoleRepository } from '../../core/ports/role.repository.js';
import { UNLOCK } from '../../features/lockout/unlock.mail.js';
import { RolesModule } from '../../features/roles/roles.module.js';
import { type Boot, boot } from './boot.js';

const directory = mkdtempSync(join(tmpdir(), 'latchkey-boot-'));
afterAll(() => rmSync(directory, { recursive: true }));

class HostModule {}

/** As it is on the machine of whoever runs a command: its mail goes to the log. */
async function application(name: string): Promise<DynamicModule> {
  const address = { type: 'sqlite', file: join(directory, name) } as const;
  writeFileSync(address.file, '');
  const plan = await MigrationPlan.at(address);
  await plan.run();
  await plan.close();
  const options = { secret: randomToken(), baseUrl: 'http://localhost', environment: 'development' } as const;
  return {
    module: HostModule,
    imports: [
      await dataSourceModuleFor(address),
      AuthModule.forRoot({ ...options, globalGuard: false, passport: false, mail: ConsoleMail }),
      RolesModule.forRoot({ roles: { editor: ['posts.write'] } }),
    ],
  };
}

const rolesIn = async (started: Boot): Promise<string[]> => (await started.find(RoleRepository)!.list()).map(({ name }) => name);

describe('an application that a command starts', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
  afterEach(() => void vi.useRealTimers());

  it.each(['command', 'report'] as const)('has no timers and leaves mail in the outbox (%s)', async (mode) => {
    const started = await boot(await application(`${mode}.sqlite`), { mode });
    try {
      expect(started.failure).toBeUndefined();
      expect(vi.getTimerCount()).toBe(0);

      const wakes = vi.spyOn(started.find(OutboxDispatcher)!, 'wake');
      const job = { userId: 'u1', email: 'ada@example.com' };
      await started.find(MailService)!.queue({ kind: UNLOCK, job });
      vi.advanceTimersByTime(60_000);
      // Longer than a dispatcher waits after a commit.
      await new Promise((resolve) => setTimeout(resolve, 150));

      expect(wakes).not.toHaveBeenCalled();
      expect(await started.find(Outbox)!.backlog()).toMatchObject({ pending: 1, dead: 0 });
    } finally {
      await started.close();
    }
  });

  it('has its roles for a command, and is not written to when it is only looked at', async () => {
    const module = await application('roles.sqlite');
    const looked = await boot(module, { mode: 'report' });
    expect(await rolesIn(looked)).toEqual([]);
    await looked.close();
    const commanded = await boot(module);
    expect(await rolesIn(commanded)).toEqual(['editor']);
    await commanded.close();
  });

  it('has timers when it is started to serve', async () => {
    const app = await NestFactory.createApplicationContext(await application('served.sqlite'), { logger: false });
    expect(vi.getTimerCount()).toBeGreaterThanOrEqual(3);
    await app.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});
