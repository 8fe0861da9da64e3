// The server of SmtpSink: in a thread of its own, so that it answers at once however busy those are who read the mail.
import { parentPort } from 'node:worker_threads';
import { SMTPServer } from 'smtp-server';

let server = null;

const commands = {
  async start(port) {
    server = new SMTPServer({
      authOptional: true,
      allowInsecureAuth: true,
      disabledCommands: ['STARTTLS'],
      closeTimeout: 50,
      // Whoever signs in is somebody.
      onAuth: ({ username }, _, done) => done(null, { user: username }),
      onData,
    });
    // Whoever is killed resets its connections; nobody listening to that would end this thread.
    server.on('error', () => undefined);
    await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
    return server.server.address().port;
  },
  async stop() {
    await new Promise((resolve) => server.close(resolve));
  },
};

parentPort.on('message', async ({ command, argument }) => parentPort.postMessage({ done: await commands[command](argument) }));

function onData(stream, session, taken) {
  // Forgotten as soon as the message is taken.
  const to = session.envelope.rcptTo[0].address;
  const chunks = [];
  stream.on('data', (chunk) => chunks.push(chunk));
  stream.on('end', () => {
    taken();
    parentPort.postMessage({ mail: read(Buffer.concat(chunks).toString('latin1'), to) });
  });
}

function read(raw, to) {
  const text = raw.replaceAll('=\r\n', '').replaceAll('=3D', '=');
  return {
    id: /^Message-ID: <([^@>]+)/im.exec(raw)?.[1] ?? '',
    to,
    subject: /^Subject: (.*?)\r?$/im.exec(raw)?.[1] ?? '',
    token: /#(?:token=)?([\w-]+\.[\w-]+)/.exec(text)?.[1] ?? null,
  };
}
