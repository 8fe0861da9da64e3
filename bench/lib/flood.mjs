// Many clients that sign in again and again, each with its own account.
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** How clients take a 503. */
export const MANNERS = {
  polite: { title: 'after `Retry-After`', pause: (response) => Number(response.headers['retry-after'] ?? 1) * 1000 },
  impatient: { title: 'after 100 ms', pause: () => 100 },
};

/**
 * @param {{ port: number, emails: string[], password: string, milliseconds: number, manners: { pause(response: object): number } }} options
 * @returns sign-ins that succeeded and their latencies, and how many were told to come back later
 */
export async function flood({ port, emails, password, milliseconds, manners }) {
  const agent = new Agent({ keepAlive: true });
  const startedAt = performance.now();
  const until = startedAt + milliseconds;
  const latencies = [];
  const refusals = [];
  await Promise.all(
    emails.map(async (email) => {
      while (performance.now() < until) {
        const askedAt = performance.now();
        const response = await post({ agent, port, path: '/auth/signin', body: { email, password } });
        const took = performance.now() - askedAt;
        if (response.statusCode === 200) {
          // Those that end later belong to nobody's window.
          if (performance.now() <= until) latencies.push(took);
        } else if (response.statusCode === 503) {
          refusals.push(took);
          await delay(Math.min(manners.pause(response), Math.max(0, until - performance.now())));
        } else {
          throw new Error(`A sign-in was answered with ${response.statusCode}: ${response.text}`);
        }
      }
    }),
  );
  agent.destroy();
  return { perSecond: latencies.length / (milliseconds / 1000), latencies, refusals };
}

/** The answer with its body in `text`. */
export function post({ agent, port, path, body, headers = {} }) {
  const bytes = Buffer.from(JSON.stringify(body));
  return new Promise((resolve, reject) => {
    request(
      {
        agent,
        port,
        host: '127.0.0.1',
        path,
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Content-Length': bytes.length, ...headers },
      },
      (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.once('end', () => resolve(Object.assign(response, { text: Buffer.concat(chunks).toString('utf8') })));
      },
    )
      .once('error', reject)
      .end(bytes);
  });
}
