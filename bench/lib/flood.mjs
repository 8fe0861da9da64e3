// Many clients that sign in again and again, each with its own account.
import { setTimeout as delay } from 'node:timers/promises';
import { Connection, requestBytes } from './connection.mjs';

const heeding = ({ head }) => Number(/\r\nretry-after: (\d+)/i.exec(head)?.[1] ?? 1) * 1000;

/** How clients take a 503, and whether somebody asks for `/me` meanwhile, which costs a statement each time. */
export const FLOODS = {
  alone: { title: 'after `Retry-After`, nothing else asked', pause: heeding, isProbed: false },
  polite: { title: 'after `Retry-After`', pause: heeding, isProbed: true },
  impatient: { title: 'after 100 ms', pause: () => 100, isProbed: true },
};

/** Long enough for the queue of hashes to be full when counting begins, and so as when it ends. */
export const RAMP = 1_500;

/**
 * Counts after a ramp of {@link RAMP} ms: what is under way when counting begins stands for what is under way when it ends.
 *
 * @param {{ port: number, emails: string[], password: string, milliseconds: number, pause: (answer: object) => number }} options
 * @returns sign-ins that succeeded and their latencies, and how many were told to come back later
 */
export async function flood({ port, emails, password, milliseconds, pause }) {
  const from = performance.now() + RAMP;
  const until = from + milliseconds;
  const latencies = [];
  const refusals = [];
  await Promise.all(
    emails.map(async (email) => {
      const connection = new Connection(port);
      const bytes = signInBytes(email, password);
      while (performance.now() < until) {
        const askedAt = performance.now();
        const answer = await connection.send(bytes);
        const now = performance.now();
        const counts = now >= from && now <= until;
        if (answer.status === 200) {
          if (counts) latencies.push(now - askedAt);
        } else if (answer.status === 503) {
          if (counts) refusals.push(now - askedAt);
          await delay(Math.max(0, Math.min(pause(answer), until - performance.now())));
        } else {
          throw new Error(`A sign-in was answered with ${answer.status}: ${answer.body}`);
        }
      }
      connection.close();
    }),
  );
  return { perSecond: latencies.length / (milliseconds / 1000), latencies, refusals };
}

export const signInBytes = (email, password) => requestBytes('POST', '/auth/signin', {}, JSON.stringify({ email, password }));
