// Survivors that somebody has looked at: file in `libs/auth/src/core`, then the text before and after, then why no test can or need notice.
// An entry whose mutant is gone or is killed by now makes the run of its room fail.
export const EXPLAINED = {};
