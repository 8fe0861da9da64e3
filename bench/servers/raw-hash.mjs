// bcrypt by itself, as many at a time as the gate lets through.
import bcrypt from 'bcrypt';
import { serve } from './application.mjs';

async function compare({ cost, width, milliseconds }) {
  const hash = await bcrypt.hash('a password', cost);
  const until = performance.now() + milliseconds;
  const startedAt = performance.now();
  let done = 0;
  await Promise.all(
    Array.from({ length: width }, async () => {
      while (performance.now() < until) {
        await bcrypt.compare('another password', hash);
        done++;
      }
    }),
  );
  return { done, milliseconds: performance.now() - startedAt };
}

serve({}, { compare });
