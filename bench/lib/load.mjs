// A load generator that does nothing but write prepared bytes and count answers, so that the server is the bottleneck.
import { connect } from 'node:net';
import { answerLength } from './connection.mjs';

const OK = Buffer.from('HTTP/1.1 200 ', 'latin1');

/**
 * Closed loop: every connection has one request under way and goes through `requests` in turn.
 *
 * @param {{ port: number, requests: Buffer[], connections: number, milliseconds: number }} options
 * @returns how many were answered; every one of them has been when it resolves
 * @throws when an answer is not a 200
 */
export async function load({ port, requests, connections, milliseconds }) {
  const until = performance.now() + milliseconds;
  let answered = 0;
  let turn = 0;
  // A client that sleeps is woken by the server's writes, and the kernel charges the server for it: the more often, the slower it is.
  let spinning = setImmediate(function spin() {
    spinning = setImmediate(spin);
  });
  const drive = () =>
    new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      let missing = 0;
      const next = () => {
        if (performance.now() >= until) return socket.end(resolve);
        socket.write(requests[turn++ % requests.length]);
      };
      socket.once('connect', next);
      socket.once('error', reject);
      socket.on('data', (chunk) => {
        if (missing === 0) {
          if (chunk.compare(OK, 0, OK.length, 0, OK.length) !== 0) {
            socket.destroy();
            return reject(new Error(`Unexpected answer: ${chunk.toString('latin1').slice(0, 500)}`));
          }
          // The head has a few hundred bytes and comes in one piece.
          missing = answerLength(chunk);
        }
        missing -= chunk.length;
        if (missing > 0) return;
        answered++;
        next();
      });
    });
  try {
    await Promise.all(Array.from({ length: connections }, drive));
  } finally {
    clearImmediate(spinning);
  }
  return answered;
}
