#!/usr/bin/env node
import { run } from './run.js';

// A reader that has seen enough (`| head`) closes the pipe: no reason for a stack.
process.stdout.on('error', () => process.exit(1));

void run(process.argv.slice(2), {
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  env: process.env,
  cwd: process.cwd(),
  script: process.argv[1],
  input: process.stdin,
  isInteractive: process.stdout.isTTY,
}).then((code) => {
  // A host's module may leave timers and sockets behind; what was printed must still arrive.
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
});
