// A password's hash by itself, as many at a time as the gate lets through. With the setting http ('express' or 'fastify') there is a bare
// route beside it.
import bcrypt from 'bcrypt';
import { serve, settings } from './application.mjs';

const KINDS = {
  bcrypt: async ({ cost }) => {
    const hash = await bcrypt.hash('a password', cost);
    return () => bcrypt.compare('another password', hash);
  },
  /** As better-auth does it unless it is told otherwise. */
  scrypt: async () => {
    const { hashPassword, verifyPassword } = await import('better-auth/crypto');
    const hash = await hashPassword('a password');
    return () => verifyPassword({ hash, password: 'another password' });
  },
};

/** Made once, so that only comparing is measured. */
const made = new Map();
const comparing = (kind, cost) => {
  const key = `${kind} ${cost}`;
  if (!made.has(key)) made.set(key, KINDS[kind]({ cost }));
  return made.get(key);
};

async function compare({ kind = 'bcrypt', cost, width, milliseconds }) {
  const once = await comparing(kind, cost);
  const until = performance.now() + milliseconds;
  const startedAt = performance.now();
  const latencies = [];
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let askedAt = performance.now(); askedAt < until; askedAt = performance.now()) {
        await once();
        latencies.push(performance.now() - askedAt);
      }
    }),
  );
  return { done: latencies.length, milliseconds: performance.now() - startedAt, latencies };
}

const port = settings.http === undefined ? undefined : (await import('./bare-application.mjs')).port;
serve({ port }, { compare });
