import { createServer } from 'node:http';

/** A receiver of mail by webhook that keeps what it is given. The first message to an address that begins with `refused` it answers with 500. */
export class WebhookSink {
  /** Everything of every message. */
  bodies = [];
  #listeners = new Set();
  #refused = new Set();
  #server = createServer((request, response) => this.#take(request, response));

  async start() {
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}/mail`;
  }

  /** For every message from now on, as {@link SmtpSink.listen}. */
  listen(listener) {
    this.#listeners.add(listener);
  }

  async close() {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #take(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString('utf8');
    const { type, id, to, subject, text } = JSON.parse(body);
    if (type === 'mail' && to.startsWith('refused') && !this.#refused.has(to)) {
      this.#refused.add(to);
      // As careless as a gateway may be.
      response.writeHead(500).end(`${body} ${JSON.stringify(request.headers)}`);
      return;
    }
    response.writeHead(204).end();
    if (type !== 'mail') return;
    this.bodies.push(body);
    const mail = { id, to, subject, token: /#(?:token=)?([\w-]+\.[\w-]+)/.exec(text)?.[1] ?? null };
    for (const listener of this.#listeners) listener(mail);
  }
}
