// What a process remembers of sources, addresses and sessions that it sees once each.
import { say } from '../../tools/steps.mjs';
import { ServerProcess } from '../lib/server-process.mjs';

const CONTROL_PARTS = 2;
/** As in a small container; without it V8 collects the later the more memory the machine has. */
export const HEAP_MEGABYTES = 512;

export async function measureMemory({ distinct, parts, secret }) {
  say(`${distinct} sources, addresses and sessions in one process, and beside it one whose cache has no bound.`);
  // One part fills whatever is bounded.
  const each = distinct / parts;
  const [looks, unbounded] = await Promise.all([
    see({ secret, parts, each }),
    see({ secret, parts: CONTROL_PARTS, each, maxEntries: 100_000_000 }),
  ]);
  const control = { looks: unbounded };
  return { distinct, looks, control };
}

async function see({ secret, parts, each, maxEntries }) {
  const server = await ServerProcess.start({
    node: process.execPath,
    script: '../scale/memory-process.mjs',
    settings: { http: 'fastify', secret, maxEntries },
    execArgv: ['--expose-gc', ...(maxEntries === undefined ? [`--max-old-space-size=${HEAP_MEGABYTES}`] : [])],
  });
  try {
    // Whatever is compiled and made once.
    await server.ask('see', { from: 0, count: 2_000 });
    const looks = [{ seen: 0, ...(await server.ask('look')) }];
    for (let part = 1; part <= parts; part++) {
      const begun = performance.now();
      await server.ask('see', { from: 2_000 + (part - 1) * each, count: each });
      const look = await server.ask('look');
      looks.push({ seen: part * each, seconds: (performance.now() - begun) / 1000, ...look });
      say(
        `${part * each} seen${maxEntries === undefined ? '' : ', no bound'}: heap ${(look.heapUsed / 1e6).toFixed(0)} MB, resident ${(look.rss / 1e6).toFixed(0)} MB.`,
      );
    }
    return looks;
  } finally {
    await server.stop();
  }
}
