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

/** Length of head and body of an answer that begins `bytes`; `null` while that cannot be told yet. */
export function answerLength(bytes) {
  const end = bytes.indexOf(BLANK_LINE);
  if (end === -1) return null;
  const head = bytes.latin1Slice(0, end + 2);
  const bodyAt = end + BLANK_LINE.length;
  const length = /\r\ncontent-length: (\d+)/i.exec(head);
  if (length !== null) return bodyAt + Number(length[1]);
  if (/\r\ntransfer-encoding: chunked\r\n/i.test(head)) return chunkedLength(bytes, bodyAt);
  throw new Error('An answer without Content-Length');
}

/** Where chunks that begin at `at` end. Trailers are not expected. */
function chunkedLength(bytes, at) {
  for (;;) {
    const line = bytes.indexOf('\r\n', at, 'latin1');
    if (line === -1) return null;
    const size = parseInt(bytes.latin1Slice(at, line), 16);
    at = line + 2 + size + 2;
    if (at > bytes.length) return null;
    if (size === 0) return at;
  }
}

/** A body without the frames of its chunks. */
function unchunked(bytes) {
  const parts = [];
  for (let at = 0; ;) {
    const line = bytes.indexOf('\r\n', at, 'latin1');
    const size = parseInt(bytes.latin1Slice(at, line), 16);
    if (size === 0) return Buffer.concat(parts);
    parts.push(bytes.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
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
    const end = bytes.indexOf(BLANK_LINE);
    const head = bytes.latin1Slice(0, end);
    const body = bytes.subarray(end + BLANK_LINE.length);
    const isChunked = /\r\ntransfer-encoding: chunked(?:\r\n|$)/i.test(head);
    resolve({ status: Number(head.slice(9, 12)), head, body: (isChunked ? unchunked(body) : body).toString('utf8') });
  }
}
