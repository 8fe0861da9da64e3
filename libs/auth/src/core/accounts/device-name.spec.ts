import { expect, it } from 'vitest';
import { deviceOf } from './device-name.js';

it.each([
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0', 'Firefox on Windows'],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
    'Safari on iPhone',
  ],
  ['Googlebot/2.1 (+http://www.google.com/bot.html)', 'Googlebot'],
  ['(Windows NT 10.0; Win64)', 'Windows'],
  ['something', null],
  ['', null],
  ['  ', null],
  [null, null],
])('a person would call %j %j', (userAgent, name) => expect(deviceOf(userAgent)).toBe(name));
