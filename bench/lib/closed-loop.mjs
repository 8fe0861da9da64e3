// Operations of every kind, timed one by one. The client sleeps between answers: databases work on the same processors.
import { Connection } from './connection.mjs';

/**
 * Every client has a connection of its own and one request under way, and makes at least one.
 *
 * @param {{ port: number, clients: object[], status: number, milliseconds: number }} options a client is `{ next(), take?(answer) }`: the
 *   bytes of its next request, and what it learns from the answer
 * @returns latencies in milliseconds, and how many were answered a second
 * @throws when an answer has another status
 */
export async function closedLoop({ port, clients, status, milliseconds }) {
  const startedAt = performance.now();
  const until = startedAt + milliseconds;
  const latencies = [];
  let perSecond = 0;
  await Promise.all(
    clients.map(async (client) => {
      const connection = new Connection(port);
      let answered = 0;
      let now;
      try {
        do {
          const askedAt = performance.now();
          const answer = await connection.send(client.next());
          now = performance.now();
          if (answer.status !== status) throw new Error(`Answered with ${answer.status}: ${answer.head}\n${answer.body}`);
          client.take?.(answer);
          latencies.push(now - askedAt);
          answered++;
        } while (now < until);
      } finally {
        connection.close();
      }
      // Each by its own last answer, so that nobody's wait for the others counts.
      perSecond += (answered / (now - startedAt)) * 1000;
    }),
  );
  return { latencies, perSecond };
}
