import type { DataSource } from 'typeorm';
import type { PoolUse } from '../../core/ports/unit-of-work.js';
import type { Dialect } from './sql/dialect.js';
import { SqliteGate } from './sqlite-gate.js';

/** Of `pg`: public. */
interface PostgresPool {
  totalCount: number;
  idleCount: number;
  waitingCount: number;
  options: { max: number };
}

/** Of `mysql2`: its queues are private, and there is no other way to know. */
interface MysqlPool {
  config: { connectionLimit: number };
  _allConnections: { length: number };
  _freeConnections: { length: number };
  _connectionQueue: { length: number };
}

type Driver = { master?: PostgresPool; pool?: MysqlPool; poolCluster?: unknown };

/** `null` where the driver does not tell, e.g. with replication on MySQL. On PostgreSQL with replication it is the master's. */
export function poolUseOf(dataSource: DataSource, dialect: Dialect): PoolUse | null {
  if (dialect === 'sqlite') return SqliteGate.of(dataSource).use;
  const { master, pool } = dataSource.driver as unknown as Driver;
  if (dialect === 'postgres') return master === undefined ? null : postgresUse(master);
  return pool?._allConnections === undefined ? null : mysqlUse(pool);
}

const postgresUse = ({ totalCount, idleCount, waitingCount, options }: PostgresPool): PoolUse => ({
  limit: options.max,
  inUse: totalCount - idleCount,
  idle: idleCount,
  waiting: waitingCount,
});

const mysqlUse = ({ config, _allConnections, _freeConnections, _connectionQueue }: MysqlPool): PoolUse => ({
  limit: config.connectionLimit,
  inUse: _allConnections.length - _freeConnections.length,
  idle: _freeConnections.length,
  waiting: _connectionQueue.length,
});
