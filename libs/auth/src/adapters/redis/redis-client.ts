/**
 * What this adapter uses of a node-redis client or cluster (`redis` or `@redis/client`, 4 and later). Structural, so that a host's own
 * version fits and its types do not become ours.
 */
export interface RedisClient {
  readonly isOpen: boolean;
  /** Absent on clusters. */
  readonly isReady?: boolean;
  readonly options?: object;
  connect(): Promise<unknown>;
  /** Drops the connection without waiting for answers. */
  disconnect(): Promise<unknown>;
  /** The name of `disconnect` since version 5. */
  destroy?(): void;
  duplicate(overrides?: object): unknown;
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  off(event: string, listener: (...args: unknown[]) => void): unknown;
  get(key: string): Promise<unknown>;
  set(key: string, value: string, options?: object): Promise<unknown>;
  del(key: string): Promise<unknown>;
  /** On a client `(args)`, on a cluster `(firstKey, isReadonly, args)`. */
  sendCommand(...args: unknown[]): Promise<unknown>;
  publish(channel: string, message: string): Promise<unknown>;
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  unsubscribe(channel: string, listener?: (message: unknown) => void): Promise<unknown>;
}

/** A cluster routes commands by key and subscribes on a connection of its own. */
export const isCluster = (client: RedisClient): boolean => !('isReady' in client);

/** Runs a script over one key. `cluster.eval` of version 4 looks for the key in the wrong place and asks a random node. */
export function evaluate(client: RedisClient, script: string, key: string, args: readonly string[]): Promise<unknown> {
  const command = ['EVAL', script, '1', key, ...args];
  return isCluster(client) ? client.sendCommand(key, false, command) : client.sendCommand(command);
}

/** Never throws and never waits: the client may be closed, connecting or frozen. */
export function dropClient(client: RedisClient): void {
  try {
    if (client.destroy) client.destroy();
    else client.disconnect().catch(() => undefined);
  } catch {
    // It was closed already.
  }
}
