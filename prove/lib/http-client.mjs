// Requests over kept connections, each with the time it took.
import { Agent, request } from 'node:http';

export class HttpClient {
  #agent = new Agent({ keepAlive: true, maxSockets: 256 });

  /** @returns `{ status, headers, body, took }`. @throws Error when there was no whole answer: nobody knows what has happened */
  post(port, path, json, timeout = 30_000) {
    const payload = JSON.stringify(json);
    const askedAt = performance.now();
    return new Promise((resolve, reject) => {
      const asked = request(
        {
          agent: this.#agent,
          host: '127.0.0.1',
          port,
          path,
          method: 'POST',
          timeout,
          headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(payload) },
        },
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
      asked.on('error', reject);
      asked.end(payload);
    });
  }

  close() {
    this.#agent.destroy();
  }
}
