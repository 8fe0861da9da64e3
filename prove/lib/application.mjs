// The server processes of an experiment.
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { ServerProcess } from '../../bench/lib/server-process.mjs';

const SCRIPT = join(import.meta.dirname, '../servers/application.mjs');

/** Processes that are the same application share it. */
export const newSecret = () => randomBytes(32).toString('base64url');

/**
 * Starts the application that experiments talk to in a process of its own.
 *
 * @param {object} settings see `prove/servers/application.mjs`
 */
export function startApplication(settings) {
  return ServerProcess.start({ node: process.execPath, script: SCRIPT, settings });
}
