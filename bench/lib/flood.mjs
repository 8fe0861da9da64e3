// Many clients that sign in again and again, each with its own account.
import { setTimeout as delay } from 'node:timers/promises';
import { Connection, requestBytes } from './connection.mjs';

/** How clients take a 503. */
export const MANNERS = {
  polite: { title: 'after `Retry-After`', pause: ({ head }) => Number(/\r\nretry-after: (\d+)/i.exec(head)?.[1] ?? 1) * 1000 },
  impatient: { title: 'after 100 ms', pause: () => 100 },
};

/**
 * @param {{ port: number, emails: string[], password: string, milliseconds: number, manners: { pause(answer: object): number } }} options
 * @returns sign-ins that succeeded and their latencies, and how many were told to come back later
 */
export async function flood({ port, emails, password, milliseconds, manners }) {
  const startedAt = performance.now();
  const until = startedAt + milliseconds;
  const latencies = [];
  const refusals = [];
  await Promise.all(
    emails.map(async (email) => {
      const connection = new Connection(port);
      const bytes = signInBytes(email, password);
      while (performance.now() < until) {
        const askedAt = performance.now();
        const answer = await connection.send(bytes);
        const took = performance.now() - askedAt;
        if (answer.status === 200) {
          // Those that end later belong to nobody's window.
          if (performance.now() <= until) latencies.push(took);
        } else if (answer.status === 503) {
          refusals.push(took);
          await delay(Math.max(0, Math.min(manners.pause(answer), until - performance.now())));
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
