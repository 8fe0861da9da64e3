#!/usr/bin/env node
import { run } from './run.js';

// A reader that has seen enough (`| head`) closes the pipe: no reason for a stack.
process.stdout.on('error', () => process.exit(1));

// What a host prints while it is loaded must not stand among the results.
for (const method of ['log', 'info', 'debug'] as const) console[method] = console.error.bind(console);

void run(process.argv.slice(2), {
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  env: process.env,
  cwd: process.cwd(),
  script: process.argv[1],
  input: process.stdin,
  isInteractive: process.stdout.isTTY,
  ...(process.stderr.isTTY ? { progress: (text: string) => void process.stderr.write(`\r\u001b[K${text}`) } : {}),
}).then((code) => {
  // A host's module may leave timers and sockets behind; what was printed must still arrive.
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
});
