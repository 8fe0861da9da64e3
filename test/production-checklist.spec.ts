import { describe, expect, it } from 'vitest';
import { BOOT_RULES } from '../libs/auth/src/checklist/boot-rules.js';
import { readPages } from './docs/pages.js';

const PAGE = 'docs/guides/production-checklist.md';

/** What stands in backticks and looks like a rule's id; options have other capitals or a call. */
const idsIn = (text: string): Set<string> => {
  const rooms = new Set(BOOT_RULES.map(({ id }) => id.split('.')[0]));
  const quoted = [...text.matchAll(/`([a-z-]+)\.([a-z-]+)`/g)].filter(([, room]) => rooms.has(room!));
  return new Set(quoted.map(([, room, reason]) => `${room}.${reason}`));
};

describe('the production checklist', () => {
  const text = readPages().find(({ path }) => path === PAGE)!.text;

  it('names every rule, and no rule that there is not', () => {
    expect([...idsIn(text)].toSorted()).toEqual(BOOT_RULES.map(({ id }) => id).toSorted());
  });

  it('would not do so when a rule were renamed', () => {
    expect(idsIn(text.replaceAll('throttle.off', 'throttle.of')).has('throttle.off')).toBe(false);
    expect(idsIn(text.replaceAll('throttle.off', 'throttle.of')).has('throttle.of')).toBe(true);
  });
});
