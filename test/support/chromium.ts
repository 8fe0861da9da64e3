import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** A Chromium to hand to playwright-core: `CHROMIUM_PATH`, else the first on the PATH; `null` when there is none. */
export function findChromium(): string | null {
  const directories = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const candidates = [
    process.env.CHROMIUM_PATH,
    '/usr/bin/chromium',
    ...directories.flatMap((directory) => NAMES.map((name) => join(directory, name))),
  ];
  for (const candidate of candidates) {
    if (!candidate) continue;
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      // Not here: look on.
    }
  }
  return null;
}
