import { isPublishedSecret } from './published-secrets.js';

/** 256 bits, the output of SHA-256: RFC 7518 section 3.2 asks for no less. */
const MIN_BYTES = 32;

/**
 * Words that the secrets of tutorials and examples are made of; compared without case and punctuation. Three letters at least: shorter ones
 * stand in random text too.
 */
const PLACEHOLDERS = [
  ...[
    'changeme',
    'replaceme',
    'placeholder',
    'development',
    'production',
    'characters',
    'character',
    'password',
    'generate',
    'minimum',
  ],
  ...['replace', 'example', 'session', 'default', 'minimal', 'please', 'change', 'random', 'secret', 'secure', 'signing', 'string'],
  ...[
    'should',
    'donotuse',
    'latchkey',
    'sample',
    'least',
    'super',
    'ultra',
    'token',
    'nestjs',
    'local',
    'safe',
    'this',
    'that',
    'test',
  ],
  ...[
    'your',
    'long',
    'very',
    'with',
    'value',
    'here',
    'auth',
    'salt',
    'keep',
    'safe',
    'the',
    'jwt',
    'key',
    'app',
    'dev',
    'bit',
    'not',
  ],
  ...[
    'instead',
    'complex',
    'outside',
    'create',
    'source',
    'for',
    'and',
    'foo',
    'bar',
    'baz',
    'use',
    'qwerty',
    'abcdefghijklmnopqrstuvwxyz',
  ],
];

/** Bits of Shannon entropy of the whole string, by its own character frequencies: an upper bound for what a person made up. */
function entropyBits(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  const length = [...text].length;
  let perCharacter = 0;
  for (const count of counts.values()) perCharacter -= (count / length) * Math.log2(count / length);
  return perCharacter * length;
}

/** So many characters at the end of a random text are those at its beginning about never. */
const CHANCE = 10;

/** At least twice the same, perhaps with something in between, the last time perhaps not to its end. */
function isPeriodic(text: string): boolean {
  const longest = Math.max(text.length / 2, text.length - CHANCE);
  for (let period = 1; period <= longest; period++) if (text.startsWith(text.slice(period))) return true;
  return false;
}

/** Why a secret is too weak. The secret itself is never part of it. */
export interface SecretWeakness {
  kind: 'short' | 'placeholder' | 'guessable' | 'published';
  /** A sentence without its subject. */
  problem: string;
}

/** `undefined` when the secret is strong enough. */
export function secretWeakness(secret: string): SecretWeakness | undefined {
  const bytes = Buffer.byteLength(secret);
  if (bytes < MIN_BYTES) return { kind: 'short', problem: `has ${bytes} bytes; at least ${MIN_BYTES} are needed.` };
  if (isPeriodic(secret)) return { kind: 'guessable', problem: 'repeats itself.' };
  const letters = secret.toLowerCase().replace(/[^a-z]/g, '');
  const rest = PLACEHOLDERS.reduce((left, word) => left.replaceAll(word, ''), letters);
  if (rest.length < letters.length / 2 && letters.length > secret.length / 2) {
    return { kind: 'placeholder', problem: 'is a placeholder.' };
  }
  if (entropyBits(secret) < 96) return { kind: 'guessable', problem: 'has too little entropy.' };
  if (isPublishedSecret(secret)) return { kind: 'published', problem: 'stands in public documentation.' };
  return undefined;
}
