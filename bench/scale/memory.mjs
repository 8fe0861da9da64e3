// What a process remembers of sources, addresses and sessions that it sees once each.
import { say } from '../../tools/steps.mjs';
import { ServerProcess } from '../lib/server-process.mjs';

const PARTS = 5;
/** So many of each fill whatever is bounded. */
const CONTROL_PARTS = 2;

export async function measureMemory({ distinct, secret }) {
  say(`${distinct} sources, addresses and sessions in one process.`);
  const each = distinct / PARTS;
  const looks = await see({ secret, parts: PARTS, each });
  say('The same with a cache that has no bound.');
  const control = { looks: await see({ secret, parts: CONTROL_PARTS, each, maxEntries: 100_000_000 }) };
  return { distinct, looks, control };
}

async function see({ secret, parts, each, maxEntries }) {
  const server = await ServerProcess.start({
    node: process.execPath,
    script: '../scale/memory-process.mjs',
    settings: { http: 'fastify', secret, maxEntries },
    execArgv: ['--expose-gc'],
  });
  try {
    // Whatever is compiled and made once.
    await server.ask('see', { from: 0, count: 2_000 });
    const looks = [{ seen: 0, ...(await server.ask('look')) }];
    for (let part = 1; part <= parts; part++) {
      const begun = performance.now();
      await server.ask('see', { from: 2_000 + (part - 1) * each, count: each });
      looks.push({ seen: part * each, seconds: (performance.now() - begun) / 1000, ...(await server.ask('look')) });
    }
    return looks;
  } finally {
    await server.stop();
  }
}
