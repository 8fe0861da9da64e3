// What AuthModule adds to the start of an application.
import { randomBytes } from 'node:crypto';
import { ServerProcess } from './lib/server-process.mjs';

/** Starts take turns, with and without. @returns milliseconds from the start of the process to an open port, one figure per start */
export async function measureBoot({ node, database, starts }) {
  const settings = { http: 'fastify', database, secret: randomBytes(48).toString('base64url') };
  const start = async (withAuth) => {
    const server = await ServerProcess.start({ node, script: 'boot.mjs', settings: { ...settings, withAuth } });
    await server.stop();
    return server.milliseconds;
  };
  // Creates the tables and fills the file cache.
  await start(true);
  const results = { without: [], with: [] };
  for (let turn = 0; turn < starts; turn++) {
    results.without.push(await start(false));
    results.with.push(await start(true));
  }
  return results;
}
