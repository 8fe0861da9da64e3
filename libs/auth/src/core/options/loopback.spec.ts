import { describe, expect, it } from 'vitest';
import { isLoopback } from './loopback.js';

describe('a host name', () => {
  it.each(['localhost', '127.0.0.1', '127.255.0.33', '[::1]'])('%s is this machine', (name) => {
    expect(isLoopback(name)).toBe(true);
  });

  it.each(['example.com', 'localhost.example.com', 'my-localhost', '127.0.0.1.example.com', '10.127.0.0', '127.0.0', '[::12]'])(
    '%s is another one',
    (name) => expect(isLoopback(name)).toBe(false),
  );
});
