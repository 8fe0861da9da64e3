import { createClient } from 'redis';

const REDIS_URL = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379';

/** The server of `REDIS_URL` or the default local port, as `{ url, title }`; `null` when there is none. */
export async function redisServer() {
  const client = createClient({ url: REDIS_URL, socket: { reconnectStrategy: false } });
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    if (error.code === 'ECONNREFUSED' || error.code === 'ENOTFOUND') return null;
    throw error;
  }
  try {
    const version = /^redis_version:(\S+)/m.exec(await client.info('server'))?.[1];
    return { url: REDIS_URL, title: `Redis ${version}` };
  } finally {
    client.destroy();
  }
}
