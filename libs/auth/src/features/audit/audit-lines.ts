import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type { AuthEvent } from '../../core/events/auth-event.js';
import { AuthEvents } from '../../core/events/auth-events.js';
import { AUDIT_OPTIONS, type ResolvedAuditOptions } from './audit.options.js';

const MAX_TEXT = 512;
const MAX_ITEMS = 50;
const MAX_DEPTH = 4;

/** What could end a line, move the cursor of a terminal, or turn the direction of the text after it. */
const TREACHEROUS = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/gu;

/** Audited events in the host's logger, after their commit: what is there has happened. */
@Injectable()
export class AuditLines implements OnModuleInit {
  private readonly logger = new Logger('Audit');

  constructor(
    @Inject(AUDIT_OPTIONS) private readonly options: ResolvedAuditOptions,
    private readonly events: AuthEvents,
  ) {}

  onModuleInit(): void {
    const { log } = this.options;
    if (log === false) return;
    this.events.subscribe('*', (event) => {
      if (!(event.constructor as typeof AuthEvent).audited) return;
      const record = recordOf(event);
      this.logger.log(log === 'line' ? JSON.stringify(record) : record);
    });
  }
}

/**
 * An event for a log: plain values only. Redacted by type, not by name: whatever is not text, a number, a truth value or a plain collection
 * of them (an entity, a buffer, a key, an error) is only named by its class. Text is one line and of bounded length.
 */
export function recordOf(event: AuthEvent): Record<string, unknown> {
  const { type, at, userId, sessionId, ip, userAgent, requestId, data } = event;
  return {
    event: plain(type, 0),
    at: new Date(at).toISOString(),
    ...(plain({ userId, sessionId, ip, userAgent, requestId, data }, 0) as object),
  };
}

function plain(value: unknown, depth: number): unknown {
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return value;
  if (typeof value === 'string') return oneLine(value);
  if (typeof value !== 'object') return `[${typeof value}]`;
  if (depth > MAX_DEPTH) return '[…]';
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => plain(item, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return `[${oneLine(value.constructor?.name ?? 'object')}]`;
  const members = Object.entries(value).slice(0, MAX_ITEMS);
  return Object.fromEntries(members.map(([key, member]) => [oneLine(key), plain(member, depth + 1)]));
}

const oneLine = (text: string): string => text.slice(0, MAX_TEXT).replace(TREACHEROUS, '\uFFFD');
