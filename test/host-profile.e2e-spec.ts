import { Injectable } from '@nestjs/common';
import { IsOptional, IsString } from 'class-validator';
import { type SignUpPolicy, type SignUpRequest, UseSignUpPolicy } from 'nestjs-latchkey';
import { InvitationModule, InvitationsService } from 'nestjs-latchkey/invitation';
import { MagicLinkModule } from 'nestjs-latchkey/magic-link';
import { LatchkeyUser, TypeOrmStorage } from 'nestjs-latchkey/typeorm';
import { Column, Entity, type MigrationInterface, type QueryRunner, TableColumn } from 'typeorm';
import { expect, it } from 'vitest';
import { type AuthAppOptions, startAuthApp } from './auth-app.js';
import { describeEachDatabase } from './support/databases.js';
import { tokenFor } from './support/mailbox.js';

@Entity('auth_user')
class Employee extends LatchkeyUser {
  @Column({ name: 'company', type: 'varchar', length: 50 })
  company: string;
}

class AddCompany1796000000000 implements MigrationInterface {
  name = 'AddCompany1796000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.addColumn('auth_user', new TableColumn({ name: 'company', type: 'varchar', length: '50' }));
  }

  async down(): Promise<void> {}
}

class WithCompany {
  @IsString()
  company: string;

  @IsOptional()
  @IsString()
  name?: string | null;
}

class WithOptionalCompany {
  @IsOptional()
  @IsString()
  company?: string;
}

@Injectable()
@UseSignUpPolicy({ fills: ['company'] })
class FromAddress implements SignUpPolicy {
  beforeSignUp(request: SignUpRequest): void {
    request.profile['company'] = request.email.split('@')[1];
  }
}

describeEachDatabase('a user table with a required column of the host’s', (kind) => {
  const start = (options: AuthAppOptions) =>
    startAuthApp({
      database: kind,
      storage: TypeOrmStorage.forRoot({ userEntity: Employee }),
      migrations: [AddCompany1796000000000],
      ...options,
    });

  it.each([
    ['nobody fills it', {}],
    ['the profile may leave it out', { profile: WithOptionalCompany }],
  ])('does not start when %s', async (_, options) => {
    await expect(start(options)).rejects.toThrow(/company.*required, and nothing fills it/s);
  });

  it('takes it from the profile, which a change need not repeat', async () => {
    const app = await start({ profile: WithCompany });
    try {
      await app.signUp('ada@example.com').expect(400);
      const { body } = await app.signUp('ada@example.com', undefined, { company: 'Analytical Engines' }).expect(201);
      const patch = (changes: object) =>
        app.http().patch('/auth/me').set('Authorization', `Bearer ${body.accessToken}`).send(changes);

      expect((await patch({ name: 'Ada' }).expect(200)).body.user.name).toBe('Ada');
      expect((await patch({ company: 7 }).expect(400)).body.details).toMatchObject([{ field: 'company' }]);
      await patch({ company: null }).expect(400);
      expect((await patch({}).expect(200)).body.user.name).toBe('Ada');
    } finally {
      await app.close();
    }
  });

  it('takes it from a sign-up policy', async () => {
    const app = await start({ providers: [FromAddress] });
    try {
      await app.signUp('ada@example.com').expect(201);
    } finally {
      await app.close();
    }
  });

  it('does not sign up by magic link while only a form would fill it', async () => {
    const rooms = [MagicLinkModule.forRoot({ signUp: true })];
    await expect(start({ profile: WithCompany, rooms })).rejects.toThrow(/signUp: Column company is required/);

    const app = await start({ providers: [FromAddress], rooms });
    try {
      await app.http().post('/auth/magic-link').send({ email: 'ada@example.com' }).expect(202);
      const token = await tokenFor(app, 'ada@example.com');
      await app.http().post('/auth/magic-link/verify').send({ token }).expect(200);
    } finally {
      await app.close();
    }
  });

  it('takes it from who accepts an invitation', async () => {
    const app = await start({ profile: WithCompany, rooms: [InvitationModule.forRoot()] });
    try {
      const { body } = await app.signUp('host@example.com', undefined, { company: 'Analytical Engines' }).expect(201);
      await app.get(InvitationsService).invite(String(body.user.id), { email: 'guest@example.com' });
      const token = await tokenFor(app, 'guest@example.com');
      const accept = (more: object) =>
        app
          .http()
          .post('/auth/invitations/accept')
          .send({ token, password: 'correct horse battery staple', ...more });

      expect((await accept({}).expect(400)).body.details).toMatchObject([{ field: 'company' }]);
      await accept({ company: 'Difference Engines' }).expect(201);
    } finally {
      await app.close();
    }
  });
});
