import { describe, expect, it } from 'vitest';
import { addressOf } from './email.dto.js';

describe('an address that was asked for', () => {
  it('is folded', () => {
    expect(addressOf('  Ada@EXAMPLE.com ')).toBe('ada@example.com');
  });

  it.each(['', 'ada', 'ada@', '@example.com', 'a b@example.com'])('"%s" is refused, and the field is named', (email) => {
    expect(() => addressOf(email)).toThrow(
      expect.objectContaining({
        errorCode: 'auth.validation_failed',
        response: expect.objectContaining({
          details: [{ field: 'email', code: 'is_email', message: expect.stringMatching(/address/) as string }],
        }) as object,
      }) as Error,
    );
  });
});
