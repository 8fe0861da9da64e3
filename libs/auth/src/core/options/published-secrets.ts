/**
 * Secrets that look random and stand in documents that many people copy from. What is made of words is found without a list, see
 * `secret-strength.ts`.
 */
const PUBLISHED: readonly string[] = [
  // Our own guide to tests.
  'Zk3v9qTn7Yw2rXe5uHb8cLm4aPs6dGf1JtQo0iRyVxWz',
  // FastAPI, "OAuth2 with Password (and hashing), Bearer with JWT tokens".
  '09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7',
  // Flask, "Configuration Handling" and "Tutorial: Deploy to Production".
  '192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf',
  // RFC 7515, appendix A.1, and RFC 7520, section 3.5.
  'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow',
  'hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg',
  // jwt.io.
  'a-string-secret-at-least-256-bits-long',
  // better-auth falls back to it.
  'better-auth-secret-12345678901234567890',
];

/** Django's `startproject` marks the secrets that it makes so, for everybody who has not made one since. */
const MARKED = /^django-insecure-/;

export const isPublishedSecret = (secret: string): boolean => PUBLISHED.includes(secret) || MARKED.test(secret);
