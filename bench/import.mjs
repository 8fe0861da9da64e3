// node bench/import.mjs: time and memory of `latchkey import`, on PostgreSQL. Prints; writes nothing.
//
//   --users=<n>   1,000,000 unless given
import { execFile, spawn } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { build } from '../tools/build.mjs';
import { installDependencies, requireNode, ROOT, say } from '../tools/steps.mjs';
import { takeSnapshot } from './lib/snapshot.mjs';

const given = process.argv.find((argument) => argument.startsWith('--users='));
const USERS = given === undefined ? 1_000_000 : Number(given.slice('--users='.length));
const SAMPLE_EVERY = 500;
/** Hashes of the kinds that are imported; what they are of does not matter here. */
const HASHES = [
  '$2b$05$lvij2L2Kb4o3iJrZw9QBi.3jcjVWtVnoyt7Jj8SsW0WfkOlHf0Shm',
  'pbkdf2_sha256$1000$seasalt0123456789abcde$HUN0+32jSOb6nK/yDdWbwxMQEWda30+6Jl603wwStXk=',
  '$argon2id$v=19$m=65536,t=3,p=4$LPZRd6RkqurhDRXuOoDELA$Kde+BG27f2tACW1Qhlepj2PDqP8R5/7peV6QlTCFCqs',
];

requireNode();
await installDependencies();
if (!(await build())) process.exit(1);
takeSnapshot();

const { postgresDatabase } = await import('./lib/databases.mjs');
const { authEntities, authMigrations } = await import('nestjs-latchkey/typeorm');

const database = await postgresDatabase();
if (database === null) {
  say('There is no PostgreSQL: set DATABASE_URL.');
  process.exit(1);
}
const directory = mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
const file = join(directory, 'users.csv');
try {
  const source = new DataSource({ type: 'postgres', url: database.url, entities: [...authEntities], migrations: authMigrations });
  await source.initialize();
  await source.runMigrations();
  await source.query(`INSERT INTO auth_role (name, permissions) VALUES ('member', '[]')`);
  await source.destroy();

  say(`Writing a file of ${USERS} users.`);
  await pipeline(Readable.from(lines()), createWriteStream(file));
  const size = `${(statSync(file).size / 2 ** 20).toFixed(0)} MiB`;
  say(`Importing ${size}.`);
  const first = await importFile();
  const rows = await count();
  say('Importing the same file again.');
  const second = await importFile();
  const mebibytes = (kibibytes) => `${(kibibytes / 1024).toFixed(0)} MiB`;
  const report = ({ seconds, memory, summary }) =>
    `${summary.imported} imported, ${summary.existing} existing, ${summary.bad} bad in ${seconds.toFixed(0)} s (${(USERS / seconds).toFixed(0)} a second); ` +
    `resident memory after a tenth of the time ${mebibytes(memory[Math.floor(memory.length / 10)] ?? 0)}, at the end ${mebibytes(memory.at(-1) ?? 0)}, ` +
    `at most ${mebibytes(Math.max(0, ...memory))}`;
  console.log(
    [
      `${database.title}, Node.js ${process.version}, load average ${loadavg()[0].toFixed(2)}, ${USERS} users in ${size}`,
      report(first),
      `${rows.users} accounts, ${rows.roles} roles held`,
      `again: ${report(second)}`,
    ].join('\n'),
  );
  process.exitCode = rows.users === USERS && second.summary.existing === USERS ? 0 : 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
  await database.drop();
}

function* lines() {
  yield 'email,password_hash,name,email_confirmed,roles,created_at\n';
  for (let from = 0; from < USERS; from += 1000) {
    let text = '';
    for (let index = from; index < Math.min(USERS, from + 1000); index++) {
      text += `user${index}@example.com,"${HASHES[index % HASHES.length]}","User, ${index}",${index % 2 === 0},member,2020-01-02 03:04:05\n`;
    }
    yield text;
  }
}

async function importFile() {
  const begun = performance.now();
  const child = spawn(process.execPath, [join(ROOT, 'libs/auth/dist/esm/cli/main.js'), 'import', file, '--json'], {
    env: { ...process.env, DATABASE_URL: database.url },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const memory = [];
  const sampler = setInterval(async () => {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(child.pid)]).catch(() => ({ stdout: '' }));
    if (stdout.trim() !== '') memory.push(Number(stdout));
  }, SAMPLE_EVERY);
  let out = '';
  child.stdout.on('data', (chunk) => (out += chunk));
  const code = await new Promise((resolve) => child.once('close', resolve));
  clearInterval(sampler);
  if (code !== 0) throw new Error(`The import ended with code ${code}`);
  return { seconds: (performance.now() - begun) / 1000, memory, summary: JSON.parse(out) };
}

async function count() {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    const { rows } = await client.query(
      'SELECT (SELECT count(*) FROM auth_user) AS users, (SELECT count(*) FROM auth_user_role) AS roles',
    );
    return { users: Number(rows[0].users), roles: Number(rows[0].roles) };
  } finally {
    await client.end();
  }
}
