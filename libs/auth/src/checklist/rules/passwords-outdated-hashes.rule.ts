import type { BootRule } from '../boot-rule.js';
import { isUnreadable, when } from '../verdict.js';

export const passwordsOutdatedHashesRule: BootRule = {
  id: 'passwords.outdated-hashes',
  severity: { production: 'info', development: 'info' },
  option: 'hasher',
  title: "Some password hashes are in another format, or weaker than today's.",
  why: 'Each is renewed when its owner signs in next. Until then it is as strong as whoever made it cared for, and of foreign formats the time of an answer may tell that there is an account.',
  source: 'OWASP Password Storage Cheat Sheet, Upgrading Legacy Hashes',
  remedy: 'Nothing to do but wait; whoever stays away for long may be asked to reset.',
  connects: true,
  check: ({ connection }) => {
    const hashes = connection?.hashes ?? null;
    if (hashes === null) return { skipped: 'the storage does not count hashes' };
    if (isUnreadable(hashes)) return { unknown: hashes.unreadable };
    return when(
      hashes.outdated > 0,
      'hasher',
      `${hashes.outdated} of ${hashes.total} password hashes are in another format or weaker than those made today.`,
      'They are renewed as their owners sign in.',
    );
  },
};
