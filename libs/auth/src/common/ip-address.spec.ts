import { describe, expect, it } from 'vitest';
import { sourceOf } from './ip-address.js';

describe('sourceOf', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:0:0:ffff:1:2:3', '2001:db8:0:0::/64'],
    ['2001:0db8:00a0:000b::', '2001:db8:a0:b::/64'],
    ['2001:db8:a0:b:1:2:3:4', '2001:db8:a0:b::/64'],
    ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
  ])('%s is %s', (address, source) => expect(sourceOf(address)).toBe(source));
});
