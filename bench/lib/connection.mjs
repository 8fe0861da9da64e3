// HTTP/1.1 over one kept connection with next to no work for the client, which shares the processor with the server it loads.
import { connect } from 'node:net';

const BLANK_LINE = Buffer.from('\r\n\r\n', 'latin1');

/** @returns the bytes of a request */
export function requestBytes(method, path, headers = {}, body = '') {
  const all = { Host: 'localhost', Connection: 'keep-alive', ...headers };
  if (body !== '') Object.assign(all, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
}

/** Length of head and body of an answer that begins `bytes`; `null` while its head is not complete. */
export function answerLength(bytes) {
  const head = bytes.indexOf(BLANK_LINE);
  if (head === -1) return null;
  const length = /\r\ncontent-length: (\d+)/i.exec(bytes.latin1Slice(0, head + 2));
  if (length === null) throw new Error('An answer without Content-Length');
  return head + BLANK_LINE.length + Number(length[1]);
}

/** One request at a time. */
export class Connection {
  #waiting = null;
  #received = null;

  constructor(port) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.on('data', (chunk) => this.#take(chunk));
    this.socket.on('error', (error) => this.#waiting?.reject(error));
    this.socket.on('close', () => this.#waiting?.reject(new Error('The server closed the connection')));
  }

  /** @param {Buffer} bytes of a request @returns `{ status, head, body }` */
  send(bytes) {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.socket.write(bytes);
    });
  }

  close() {
    this.socket.destroy();
  }

  #take(chunk) {
    const bytes = this.#received === null ? chunk : Buffer.concat([this.#received, chunk]);
    const length = answerLength(bytes);
    if (length === null || bytes.length < length) {
      this.#received = bytes;
      return;
    }
    this.#received = null;
    const { resolve } = this.#waiting;
    this.#waiting = null;
    const text = bytes.toString('utf8');
    const end = text.indexOf('\r\n\r\n');
    resolve({ status: Number(text.slice(9, 12)), head: text.slice(0, end), body: text.slice(end + 4) });
  }
}
