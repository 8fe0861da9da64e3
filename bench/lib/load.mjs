// A load generator that does nothing but write prepared bytes and count answers, so that the server is the bottleneck.
import { connect } from 'node:net';

/** The bytes of a GET over a connection that is kept. */
export function getRequest(path, headers = {}) {
  const lines = Object.entries({ Host: 'localhost', Connection: 'keep-alive', ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return Buffer.from(`GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

const OK = Buffer.from('HTTP/1.1 200 ', 'latin1');
const BLANK_LINE = Buffer.from('\r\n\r\n', 'latin1');

/**
 * Closed loop: every connection has one request under way and goes through `requests` in turn.
 *
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
  await Promise.all(
    Array.from(
      { length: connections },
      () =>
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
              missing = lengthOf(chunk);
            }
            missing -= chunk.length;
            if (missing > 0) return;
            answered++;
            next();
          });
        }),
    ),
  ).finally(() => clearImmediate(spinning));
  return answered;
}

/** Of the whole answer. Its head is assumed to lie in the first chunk: it has a few hundred bytes. */
function lengthOf(chunk) {
  const head = chunk.indexOf(BLANK_LINE) + BLANK_LINE.length;
  const length = /\r\ncontent-length: (\d+)/i.exec(chunk.latin1Slice(0, head));
  if (head < BLANK_LINE.length || length === null) throw new Error('An answer without Content-Length');
  return head + Number(length[1]);
}
