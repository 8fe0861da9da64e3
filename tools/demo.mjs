// npm run demo: from a fresh clone to a running demo, with nothing but Node.js. Ctrl-C ends it.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { build } from './build.mjs';
import { installDependencies, requireNode, ROOT, say } from './steps.mjs';

requireNode();
await installDependencies();
if (!(await build())) {
  console.error('The build failed; the demo was not started.');
  process.exit(1);
}

say('Starting the demo in development mode. Ctrl-C ends it.');
const demo = spawn(process.execPath, ['--enable-source-maps', join(ROOT, 'dist/apps/demo/main.js')], {
  cwd: ROOT,
  env: { NODE_ENV: 'development', ...process.env },
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    // A terminal sends Ctrl-C to both of us already; whoever signals only this process means the demo, too.
    if (!(signal === 'SIGINT' && process.stdin.isTTY)) demo.kill(signal);
  });
}
demo.once('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 0 : 1)));
