import { expect } from 'vitest';

interface Answer {
  headers: Record<string, unknown>;
}

export interface SetCookie {
  name: string;
  value: string;
  /** Names in lower case; flags are `true`. */
  attributes: Record<string, string | true>;
}

/** The cookies that an answer sets, but the one by which the device is known. */
export const setCookiesOf = (answer: Answer): SetCookie[] =>
  allSetCookiesOf(answer).filter(({ name }) => !name.endsWith('-device'));

export function allSetCookiesOf({ headers }: Answer): SetCookie[] {
  const lines = (headers['set-cookie'] ?? []) as string | string[];
  return [lines].flat().map((line) => {
    const [pair = '', ...attributes] = line.split('; ');
    const [name = '', value = ''] = pair.split(/=(.*)/s);
    return {
      name,
      value,
      attributes: Object.fromEntries(
        attributes.map((one) => {
          const [key = '', text] = one.split('=');
          return [key.toLowerCase(), text ?? true];
        }),
      ),
    };
  });
}

/** What a browser sends back after this answer, as a `Cookie` header. */
export function cookieOf(answer: Answer): string {
  const cookies = setCookiesOf(answer);
  expect(cookies).toHaveLength(1);
  return `${cookies[0]!.name}=${cookies[0]!.value}`;
}
