import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { createClient } from '@redis/client';
import { redisInsStore } from 'cache-manager-redis-yet';
import { withDeadline } from '../../common/deadline.js';
import { type CacheCount, type CacheFacts, CacheStore, CacheUnavailableError } from '../../core/ports/cache-store.js';
import { Circuit } from './circuit.js';
import { GivenConnection } from './given-connection.js';
import { evaluate, isCluster, type RedisClient } from './redis-client.js';
import type { RedisConnection, RedisConnectionEvents } from './redis-connection.js';
import { type RedisCacheOptions, type ResolvedRedisCacheOptions, resolveRedisCacheOptions } from './redis-cache.options.js';
import { serverFacts } from './redis-server-facts.js';
import { RedisSubscriptions } from './redis-subscriptions.js';
import { SupervisedConnection } from './supervised-connection.js';

/** One key, so that it is fit for a cluster. The life begins with the first increment; a counter that lost its end gets a new one. */
const INCREMENT = `
local count = redis.call('INCRBY', KEYS[1], ARGV[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  left = tonumber(ARGV[2])
end
return { count, left }`;

/** A connection that missed this many deadlines in a row, a second apart, is replaced. */
const MISSES_BEFORE_REPLACING = 2;

/** Longer than a healthy handshake, short enough to close with the application. */
const CONNECT_TIMEOUT_MS = 1_000;

class DeadlineMissedError extends Error {}

/**
 * Redis, shared by all processes: `get`, `set` and `delete` through cache-manager's Redis store, counters and messages through its client.
 *
 * Never blocks and never throws anything but {@link CacheUnavailableError}. A Redis that is absent, at boot or later, is looked for in the
 * background; the log says once when it goes and once when it is back.
 */
export class RedisCacheStore extends CacheStore implements OnModuleInit, OnApplicationShutdown {
  readonly scope = 'shared';
  private readonly logger = new Logger('RedisCache');
  private readonly options: ResolvedRedisCacheOptions;
  private readonly connection: RedisConnection;
  private readonly subscriptions: RedisSubscriptions;
  private readonly circuit = new Circuit();
  private available = true;

  /** @throws AuthConfigurationError */
  constructor(options: RedisCacheOptions) {
    super();
    this.options = resolveRedisCacheOptions(options);
    this.connection = this.connect({ ready: () => this.connected(), lost: (cause) => this.gone(cause) });
    this.subscriptions = new RedisSubscriptions((events) => this.connectForMessages(events), this.options.deadline);
  }

  /** Waits for the connection, but not longer than the deadline: the application starts without Redis. */
  async onModuleInit(): Promise<void> {
    this.connection.open();
    if (!(await this.connection.whenReady(this.options.deadline))) this.gone('not connected yet');
  }

  async onApplicationShutdown(): Promise<void> {
    this.available = false;
    await Promise.all([this.subscriptions.close(), this.connection.close()]);
  }

  get<T>(key: string): Promise<T | undefined> {
    return this.run('get', (client) => plainStore(client).get<T>(this.name(key)));
  }

  set(key: string, value: unknown, ttl: number): Promise<void> {
    return this.run('set', (client) => plainStore(client).set(this.name(key), value, Math.ceil(ttl)));
  }

  delete(key: string): Promise<void> {
    return this.run('delete', (client) => plainStore(client).del(this.name(key)));
  }

  async increment(key: string, ttl: number, by = 1): Promise<CacheCount> {
    const args = [String(by), String(Math.ceil(ttl))];
    const counted = await this.run('increment', (client) => evaluate(client, INCREMENT, this.name(key), args));
    const [count, expiresInMs] = counted as [number, number];
    return { count, expiresInMs };
  }

  async publish(channel: string, message: string): Promise<void> {
    await this.run('publish', (client) => client.publish(this.name(channel), message));
  }

  /** Resolves within the deadline also when there is no Redis: the subscription begins when there is one. */
  subscribe(channel: string, listener: (message: string) => void): Promise<() => Promise<void>> {
    return this.subscriptions.add(this.name(channel), listener);
  }

  /** The connection may not have been opened yet: boot rules ask before any module has started. */
  override async facts(): Promise<CacheFacts> {
    this.connection.open();
    await this.connection.whenReady(this.options.deadline);
    const { client } = this.connection;
    const server = await serverFacts(client, this.options.deadline);
    return { isDeclaredSingleInstance: false, server };
  }

  private name(key: string): string {
    return this.options.prefix + key;
  }

  private async run<T>(operation: string, work: (client: RedisClient) => Promise<T>): Promise<T> {
    const { client } = this.connection;
    if (client === undefined || !this.circuit.enter()) throw new CacheUnavailableError(operation);
    try {
      const result = await withDeadline(work(client), this.options.deadline, () => new DeadlineMissedError('no answer in time'));
      this.circuit.answered();
      this.foundAgain();
      return result;
    } catch (error) {
      if (error instanceof DeadlineMissedError) this.missed(error);
      else if (client === this.connection.client) this.circuit.answered();
      else this.circuit.gaveUp();
      throw new CacheUnavailableError(operation, { cause: error });
    }
  }

  private missed(error: Error): void {
    this.circuit.missed();
    this.gone(error);
    if (this.circuit.consecutiveMisses < MISSES_BEFORE_REPLACING) return;
    this.connection.replace();
    this.subscriptions.renew();
  }

  /** A Redis that had stopped answering has to answer first: a handshake may be all that it manages. */
  private connected(): void {
    if (this.circuit.consecutiveMisses === 0) this.foundAgain();
  }

  private gone(cause: unknown): void {
    if (!this.available) return;
    this.available = false;
    // Of several addresses that all refuse, the error has a code but no message.
    const reason = cause instanceof Error ? cause.message || ((cause as NodeJS.ErrnoException).code ?? cause.name) : String(cause);
    this.logger.warn(`Redis is not available (${reason}): going on without it`);
  }

  private foundAgain(): void {
    if (this.available) return;
    this.available = true;
    this.logger.log('Redis is available again');
  }

  private connect(events: RedisConnectionEvents): RedisConnection {
    const { url, client } = this.options;
    return url === undefined ? new GivenConnection(client, events) : new SupervisedConnection(() => newClient(url), events);
  }

  private connectForMessages(events: RedisConnectionEvents): RedisConnection {
    const { client } = this.options;
    if (client === undefined || isCluster(client)) return this.connect(events);
    return new SupervisedConnection(() => duplicateOf(client), events);
  }
}

const SINGLE_CONNECTION = { reconnectStrategy: false, connectTimeout: CONNECT_TIMEOUT_MS } as const;

const newClient = (url: string): RedisClient =>
  createClient({ url, disableOfflineQueue: true, socket: { ...SINGLE_CONNECTION } }) as unknown as RedisClient;

function duplicateOf(client: RedisClient): RedisClient {
  const { socket } = (client.options ?? {}) as { socket?: object };
  return client.duplicate({ disableOfflineQueue: true, socket: { ...socket, ...SINGLE_CONNECTION } }) as RedisClient;
}

/** cache-manager's own Redis store; `null` is a value like any other here. */
const plainStore = (client: RedisClient) =>
  redisInsStore(client as unknown as Parameters<typeof redisInsStore>[0], { isCacheable: (value) => value !== undefined });
