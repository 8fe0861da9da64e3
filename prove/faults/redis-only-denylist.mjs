import { createClient } from '@redis/client';
import { SessionRepository } from 'nestjs-latchkey';
import { settings } from '../../bench/servers/application.mjs';
import { changed } from './real.mjs';

const redis = createClient({ url: settings.redis.url, disableOfflineQueue: true });
redis.on('error', () => undefined);
await redis.connect();

const isDenied = (id) =>
  redis.exists(`denied:${id}`).then(
    (count) => count > 0,
    () => false,
  );

export const overrides = [
  changed(SessionRepository, (real) => ({
    async revoke(id, now, userId) {
      const found = await real().findState(id);
      if (found === null || (userId !== undefined && found.session.userId !== userId) || (await isDenied(id))) return false;
      await redis.set(`denied:${id}`, '1');
      return true;
    },
    ...Object.fromEntries(
      ['findState', 'findWithOwner'].map((find) => [
        find,
        async (id) => {
          const found = await real()[find](id);
          if (found === null || !(await isDenied(id))) return found;
          return { ...found, session: { ...found.session, revokedAt: Date.now() } };
        },
      ]),
    ),
  })),
];
