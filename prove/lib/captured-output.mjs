// Imported first: everything that the process writes is kept, and shown only when it fails.
import { writeSync } from 'node:fs';

const written = [];

for (const stream of [process.stdout, process.stderr]) {
  stream.write = (chunk, ...rest) => {
    written.push(Buffer.from(chunk).toString('utf8'));
    rest.find((one) => typeof one === 'function')?.();
    return true;
  };
}

export const output = () => written.join('');

process.once('exit', (code) => {
  if (code !== 0) writeSync(2, output());
});
