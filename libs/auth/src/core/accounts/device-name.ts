import Bowser from 'bowser';

/** What a person would call the device, e.g. `Firefox on Windows`; `null` when the user agent does not say. */
export function deviceOf(userAgent: string | null): string | null {
  if (userAgent === null || userAgent === '') return null;
  const { browser, os, platform } = Bowser.parse(userAgent);
  const system = platform.model ?? os.name;
  if (!browser.name) return system ?? null;
  return system === undefined ? browser.name : `${browser.name} on ${system}`;
}
