// Makes one request every few milliseconds, whatever the earlier answers are doing, and remembers how long each took.
import { setTimeout as delay } from 'node:timers/promises';
import { Connection, requestBytes } from '../lib/connection.mjs';
import { serve } from './application.mjs';

async function probe({ port, method = 'GET', path, headers, body, every, milliseconds }) {
  const bytes = requestBytes(method, path, headers, body);
  const idle = [];
  const all = [];
  const answers = [];
  /** Milliseconds until the whole answer is there. */
  const timed = async () => {
    const askedAt = performance.now();
    let connection = idle.pop();
    if (connection === undefined) all.push((connection = new Connection(port)));
    const { status } = await connection.send(bytes);
    const took = performance.now() - askedAt;
    if (status !== 200) throw new Error(`${path} answered ${status}`);
    idle.push(connection);
    return took;
  };
  const until = performance.now() + milliseconds;
  for (let due = performance.now(); due < until; due += every) {
    const wait = due - performance.now();
    if (wait > 0) await delay(wait);
    answers.push(timed());
  }
  const durations = await Promise.all(answers);
  for (const connection of all) connection.close();
  return durations;
}

serve({}, { probe });
