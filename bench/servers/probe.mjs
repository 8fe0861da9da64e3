// Asks for one route every few milliseconds, whatever the earlier answers are doing, and remembers how long each took.
import { Agent, get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { serve } from './application.mjs';

async function probe({ port, path, headers, every, milliseconds }) {
  const agent = new Agent({ keepAlive: true });
  const answers = [];
  const until = performance.now() + milliseconds;
  for (let due = performance.now(); due < until; due += every) {
    const wait = due - performance.now();
    if (wait > 0) await delay(wait);
    answers.push(timed({ port, host: '127.0.0.1', path, headers, agent }));
  }
  const durations = await Promise.all(answers);
  agent.destroy();
  return durations;
}

/** Milliseconds until the whole answer is there. */
function timed(options) {
  const askedAt = performance.now();
  return new Promise((resolve, reject) => {
    get(options, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${options.path} answered ${response.statusCode}`));
      response.resume().once('end', () => resolve(performance.now() - askedAt));
    }).once('error', reject);
  });
}

serve({}, { probe });
