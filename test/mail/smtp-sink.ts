import { createServer, type Server, type Socket } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface ReceivedMail {
  from: string;
  to: string[];
  /** As it came over the wire. */
  raw: string;
}

/** A real SMTP server on loopback that keeps what it is given. */
export class SmtpSink {
  readonly received: ReceivedMail[] = [];
  /** Connections that are open. */
  open = 0;
  /** How long it thinks before it takes a message, in milliseconds. */
  delay = 0;
  /** Refuses recipients with this answer. */
  refusal: { code: number; message: string } | undefined;
  private server: SMTPServer | undefined;

  constructor(private readonly listensAt = 0) {}

  async start(): Promise<this> {
    this.server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onConnect: (_session, done) => {
        this.open += 1;
        done();
      },
      onClose: () => void (this.open -= 1),
      onRcptTo: (_address, _session, done) => {
        const { refusal } = this;
        const error = refusal === undefined ? null : Object.assign(new Error(refusal.message), { responseCode: refusal.code });
        setTimeout(() => done(error), this.delay);
      },
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const { mailFrom, rcptTo } = session.envelope;
          this.received.push({
            from: mailFrom === false ? '' : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            raw: Buffer.concat(chunks).toString('utf8'),
          });
          done();
        });
      },
    });
    // A client that is killed resets its connections; without a listener that would end this process.
    this.server.on('error', () => undefined);
    await new Promise<void>((resolve) => this.server!.listen(this.listensAt, '127.0.0.1', resolve));
    return this;
  }

  get port(): number {
    return (this.server!.server.address() as { port: number }).port;
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    const { server } = this;
    if (server === undefined) return;
    this.server = undefined;
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}

/** Takes connections and never says a word. */
export class SilentServer {
  private readonly sockets = new Set<Socket>();
  private readonly server: Server = createServer((socket) => {
    this.connections += 1;
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
  });
  connections = 0;

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get open(): number {
    return this.sockets.size;
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.server.address() as { port: number }).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}
