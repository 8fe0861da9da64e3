// Requests over kept connections, each with the time it took.
import { Agent, request } from 'node:http';

export class HttpClient {
  #agent = new Agent({ keepAlive: true, maxSockets: 256 });

  /** As {@link send}, of a JSON body. */
  post(port, path, json, timeout) {
    return this.send(port, 'POST', path, { json, timeout });
  }

  /** @returns `{ status, headers, body, took }`. @throws Error when there was no whole answer: nobody knows what has happened */
  send(port, method, path, { headers = {}, json, body: raw = '', timeout = 30_000 } = {}) {
    const payload = json === undefined ? raw : JSON.stringify(json);
    const ofBody = json === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(payload) };
    const askedAt = performance.now();
    return new Promise((resolve, reject) => {
      const asked = request(
        { agent: this.#agent, host: '127.0.0.1', port, path, method, timeout, headers: { ...ofBody, ...headers } },
        (response) => {
          const chunks = [];
          response.on('data', (chunk) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const body = Buffer.concat(chunks).toString('utf8');
            resolve({ status: response.statusCode, headers: response.headers, body, took: performance.now() - askedAt });
          });
        },
      );
      asked.on('timeout', () => asked.destroy(new Error('No answer in time')));
      // Whether it was the first on its connection: one that has been idle may have been closed by the server in the meantime.
      asked.on('error', (error) => reject(Object.assign(error, { wasKept: asked.reusedSocket })));
      asked.end(payload);
    });
  }

  /**
   * As {@link send}, and again when the connection was closed because it was idle, just when it was wanted again (RFC 9112 section 9.3.1).
   * @returns `{ status, headers, body, json, took }`
   */
  async exchange(port, method, path, options) {
    try {
      const answer = await this.send(port, method, path, options);
      return { ...answer, json: jsonOf(answer.body) };
    } catch (error) {
      // That connection is gone, so this ends.
      if (error.wasKept && error.code === 'ECONNRESET') return this.exchange(port, method, path, options);
      throw error;
    }
  }

  /** As {@link exchange}; without a whole answer status 0, and the error's code as the body. */
  async attempt(port, method, path, options) {
    const askedAt = performance.now();
    try {
      return await this.exchange(port, method, path, options);
    } catch (error) {
      const took = performance.now() - askedAt;
      return { status: 0, headers: {}, body: String(error.code ?? error.message), json: null, took };
    }
  }

  close() {
    this.#agent.destroy();
  }
}

/** `null` for what is no JSON. */
export function jsonOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
