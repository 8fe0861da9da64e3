import { EventEmitter } from 'node:events';
import type { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { AuthDatabase } from './auth-database.js';

describe('a connection that PostgreSQL ends in the moment in which it is ready', () => {
  it.each(['master', 'slaves'] as const)('does not end the process (%s)', (kind) => {
    const pool = new EventEmitter();
    const driver = kind === 'master' ? { master: pool } : { master: new EventEmitter(), slaves: [pool] };
    new AuthDatabase({ options: { type: 'postgres' }, driver } as unknown as DataSource);
    const client = new EventEmitter();
    pool.emit('connect', client);

    expect(() => client.emit('error', new Error('terminating connection due to administrator command'))).not.toThrow();
  });
});
