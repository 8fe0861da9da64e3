import { withDeadline } from '../../common/deadline.js';
import type { CacheServerFacts } from '../../core/ports/cache-store.js';
import { isCluster, type RedisClient } from './redis-client.js';

const UNKNOWN = { evictionPolicy: null, isPersistent: null } as const;

/** What a Redis tells about its configuration. Of a cluster one node answers, which is configured as the others. */
export async function serverFacts(client: RedisClient | undefined, deadline: number): Promise<CacheServerFacts> {
  if (client === undefined) return { isReachable: false, ...UNKNOWN, unreadable: null };
  try {
    const [policy, appendonly, save] = await Promise.all(
      ['maxmemory-policy', 'appendonly', 'save'].map((name) =>
        withDeadline(configured(client, name), deadline, () => new Error('no answer in time')),
      ),
    );
    if (policy === undefined) return { isReachable: true, ...UNKNOWN, unreadable: 'CONFIG GET answers nothing' };
    const isPersistent = appendonly === 'yes' || (save !== undefined && save !== '');
    return { isReachable: true, evictionPolicy: policy, isPersistent, unreadable: null };
  } catch (error) {
    return { isReachable: true, ...UNKNOWN, unreadable: (error as Error).message };
  }
}

/** A list of name and value, or a map where the client speaks RESP 3. */
async function configured(client: RedisClient, name: string): Promise<string | undefined> {
  const command = ['CONFIG', 'GET', name];
  const answer = await (isCluster(client) ? client.sendCommand(undefined, true, command) : client.sendCommand(command));
  const value: unknown = Array.isArray(answer) ? answer[1] : (answer as Record<string, unknown> | null)?.[name];
  return typeof value === 'string' ? value : undefined;
}
