// Requests as they stand: clients that are built to help would tidy them up.
import { Agent, request as ask } from 'node:http';
import { connect } from 'node:net';

const PATIENCE = 20_000;
/** Of the answer to a broken request, after everything was sent and the sending side closed. */
const BROKEN_PATIENCE = 10_000;

/** Node's limit of the head (`--max-http-header-size`), and that of both adapters of a body: beyond them a server may hang up. */
const MAX_HEAD = 16_000;
const MAX_BODY = 100_000;

/** Of a request line (RFC 9112 section 3.2). */
const TARGET = /^(?:\/|https?:|\*$)[!-~]*$/;

export class Wire {
  #agent = new Agent({ keepAlive: true, maxSockets: 256 });

  /**
   * @param given `{ method, path, headers, body, isBinary }`, headers as pairs, or `{ raw }` with one byte for each character
   * @returns `{ status, headers, body, took }`; status 0 without an answer, then `body` says why and `mayClose` whether HTTP allows it
   */
  send(port, given) {
    return given.raw === undefined ? this.#ask(port, given, false) : exchange(port, given.raw);
  }

  async #ask(port, given, isAgain) {
    const askedAt = performance.now();
    try {
      return await this.#once(port, given, askedAt, isAgain ? false : this.#agent);
    } catch (error) {
      // Closed because it was idle, just when it was wanted again: HTTP says to ask once more (RFC 9112 section 9.3.1), now on a new one.
      if (error.wasKept && error.code === 'ECONNRESET' && !isAgain) return this.#ask(port, given, true);
      return {
        status: 0,
        headers: {},
        body: String(error.code ?? error.message),
        took: performance.now() - askedAt,
        ...error.facts,
      };
    }
  }

  #once(port, { method, path, headers, body, isBinary }, askedAt, agent) {
    const payload = Buffer.from(body ?? '', isBinary ? 'latin1' : 'utf8');
    const pairs = [['Host', 'localhost:3000'], ...headers];
    if (body !== undefined || !['GET', 'HEAD', 'OPTIONS', 'TRACE'].includes(method))
      pairs.push(['Content-Length', String(payload.length)]);
    const head = path.length + pairs.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
    const facts = { mayClose: head > MAX_HEAD || payload.length > MAX_BODY || !TARGET.test(path) };
    return new Promise((resolve, reject) => {
      const asked = ask({ agent, host: '127.0.0.1', port, path, method, timeout: PATIENCE, headers: pairs.flat() }, (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({
            status: response.statusCode,
            headers: response.headers,
            body: text,
            took: performance.now() - askedAt,
            ...facts,
          });
        });
      });
      asked.on('timeout', () => asked.destroy(new Error('no answer in time')));
      asked.on('error', (error) => reject(Object.assign(error, { wasKept: asked.reusedSocket, facts })));
      asked.end(payload);
    });
  }

  close() {
    this.#agent.destroy();
  }
}

const STATUS_LINE = /^HTTP\/1\.1 (\d{3})/;

/** Sends bytes and closes its side. Whatever becomes of the connection, it has to end. */
function exchange(port, raw) {
  const askedAt = performance.now();
  return new Promise((resolve) => {
    const chunks = [];
    const socket = connect(port, '127.0.0.1');
    const done = (end) => {
      clearTimeout(timer);
      socket.destroy();
      const text = Buffer.concat(chunks).toString('latin1');
      // Several when it was taken for several requests.
      const statuses = text
        .split(/(?=HTTP\/1\.1 \d{3} )/)
        .flatMap((part) => STATUS_LINE.exec(part)?.[1] ?? [])
        .map(Number);
      resolve({ status: Math.max(0, ...statuses), statuses, headers: {}, body: text, end, took: performance.now() - askedAt });
    };
    const timer = setTimeout(() => done('open'), BROKEN_PATIENCE);
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', (error) => done(error.code));
    socket.on('close', () => done('closed'));
    socket.end(Buffer.from(raw, 'latin1'));
  });
}
