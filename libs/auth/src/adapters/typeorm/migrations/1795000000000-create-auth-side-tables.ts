import type { MigrationInterface, QueryRunner } from 'typeorm';
import { TableMaker } from './tables.js';

/** The library's own tables. */
export class CreateAuthSideTables1795000000000 implements MigrationInterface {
  readonly name = 'CreateAuthSideTables1795000000000';

  async up(runner: QueryRunner): Promise<void> {
    const make = await TableMaker.for(runner);
    await make.create(
      'auth_session',
      [
        make.key('id', 64, { isPrimary: true }),
        make.key('user_id', 64),
        make.key('delivery', 16),
        make.small('remembered'),
        make.integer('credentials_version'),
        make.key('secret_hash', 128, { isNullable: true }),
        make.key('seed', 64),
        make.integer('generation'),
        make.time('rotated_at'),
        make.key('key_id', 64),
        make.key('amr', 255),
        make.time('auth_time'),
        make.time('created_at'),
        make.time('last_seen_at'),
        make.time('idle_expires_at'),
        make.time('absolute_expires_at'),
        make.key('ip', 64, { isNullable: true }),
        make.key('user_agent', 512, { isNullable: true }),
        make.time('revoked_at', { isNullable: true }),
      ],
      [
        { columns: ['user_id'] },
        { columns: ['absolute_expires_at'] },
        { columns: ['idle_expires_at'] },
        { columns: ['revoked_at'] },
      ],
    );
    await make.create(
      'auth_one_time_token',
      [
        make.key('selector', 64, { isPrimary: true }),
        make.key('secret_hash', 128),
        make.key('purpose', 64),
        make.key('subject', 128),
        make.key('user_id', 64, { isNullable: true }),
        make.integer('email_version', { isNullable: true }),
        make.text('payload', { isNullable: true }),
        make.time('created_at'),
        make.time('expires_at'),
      ],
      [{ columns: ['purpose', 'subject'], unique: true }, { columns: ['user_id'] }, { columns: ['expires_at'] }],
    );
    await make.create(
      'auth_attempt',
      [
        make.key('bucket', 128, { isPrimary: true }),
        make.integer('consecutive'),
        make.integer('level'),
        make.time('blocked_until'),
        make.integer('pending'),
        make.time('pending_until'),
        make.key('recent_failures', 1287),
        make.small('granted'),
        make.time('touched_at'),
      ],
      [{ columns: ['touched_at'] }],
    );
    await make.create('auth_role', [make.key('name', 64, { isPrimary: true }), make.text('permissions')]);
    await make.create(
      'auth_user_role',
      [make.key('user_id', 64, { isPrimary: true }), make.key('role', 64, { isPrimary: true })],
      [{ columns: ['role'] }],
    );
    await make.create(
      'auth_audit',
      [
        make.key('id', 32, { isPrimary: true }),
        make.key('event', 64),
        make.time('at'),
        make.key('user_id', 64, { isNullable: true }),
        make.key('session_id', 64, { isNullable: true }),
        make.key('ip', 64, { isNullable: true }),
        make.key('user_agent', 512, { isNullable: true }),
        make.key('request_id', 128, { isNullable: true }),
        make.text('data'),
      ],
      [{ columns: ['user_id', 'id'] }, { columns: ['event', 'id'] }, { columns: ['at'] }],
    );
    await make.create(
      'auth_revocation',
      [make.key('id', 32, { isPrimary: true }), make.key('kind', 16), make.key('subject', 64), make.time('at')],
      [{ columns: ['at'] }],
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    const make = await TableMaker.for(runner);
    const tables = [
      'auth_revocation',
      'auth_audit',
      'auth_user_role',
      'auth_role',
      'auth_attempt',
      'auth_one_time_token',
      'auth_session',
    ];
    for (const table of tables) await make.drop(table);
  }
}
