// TCP on loopback between an application and its server, to be made slow, deaf, cut or moved. Of what npm has for it, some only forward,
// and the others drive Toxiproxy, a program that does not come from npm.
import { connect, createServer } from 'node:net';

export class FaultProxy {
  /** Where new connections lead to. */
  target;
  #delay = 0;
  #isDropping = false;
  #pairs = new Set();
  #server = createServer((client) => this.#join(client));

  /** @param {number} target port of the server */
  static async start(target) {
    const proxy = new FaultProxy();
    proxy.target = target;
    await proxy.open(0);
    return proxy;
  }

  /** Takes connections, again at the same port. */
  async open(port = this.port) {
    await new Promise((resolve, reject) => this.#server.once('error', reject).listen(port, '127.0.0.1', resolve));
    this.port = this.#server.address().port;
  }

  /** Everything that the server says is so many milliseconds late. */
  slowDown(milliseconds) {
    this.#delay = milliseconds;
  }

  /** What is said does not arrive. A connection that has lost something says nothing any more, also when this is over. */
  drop(isDropping) {
    this.#isDropping = isDropping;
  }

  /** Ends the connections that there are. */
  cut() {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
  }

  /** Refuses connections, and ends those that there are. */
  async close() {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cut();
    await closed;
  }

  // Messages are small: that one side reads more slowly than the other writes need not be passed on.
  #join(client) {
    const server = connect(this.target, '127.0.0.1');
    const pair = [client, server];
    let isMute = false;
    const pass = (socket, chunk) => {
      isMute ||= this.#isDropping;
      if (!isMute && socket.writable) socket.write(chunk);
    };
    this.#pairs.add(pair);
    client.on('data', (chunk) => pass(server, chunk));
    server.on('data', (chunk) => (this.#delay === 0 ? pass(client, chunk) : setTimeout(pass, this.#delay, client, chunk)));
    for (const socket of pair) {
      socket.setNoDelay();
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#pairs.delete(pair);
        for (const other of pair) other.destroy();
      });
    }
  }
}
