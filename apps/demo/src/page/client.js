/** Expired, or signed with a key that has been removed since: the session may be alive. */
const REFRESHABLE = ['auth.token_expired', 'auth.token_invalid'];

/**
 * Speaks to the server and holds the session: bearer tokens in memory, where no other page and no reload finds them,
 * or nothing at all, because a cookie travels by itself and scripts cannot read it.
 */
export class Client {
  #tokens = null;
  /** @type {Promise<{ ok: boolean, status: number, body: any }> | undefined} */
  #refreshing;
  #onAnswer;

  /** @param {(answer: { method: string, path: string, status: number, body: unknown }) => void} onAnswer told of the answers to what people do */
  constructor(onAnswer) {
    this.#onAnswer = onAnswer;
  }

  get holdsTokens() {
    return this.#tokens !== null;
  }

  /** Keeps what an answer says about the session; an answer without tokens leaves it to the cookie. */
  hold({ accessToken, refreshToken }) {
    this.#tokens = accessToken === undefined ? null : { accessToken, refreshToken };
  }

  forget() {
    this.#tokens = null;
  }

  /** Reads what the page itself wants to know; the answer is not reported. */
  look(path) {
    return this.call('GET', path, undefined, () => {});
  }

  /** Once more with new tokens when the access token is not good any more. */
  async call(method, path, body, report = this.#onAnswer) {
    const answer = await this.#send(method, path, body, report);
    if (!REFRESHABLE.includes(answer.body?.errorCode) || !this.holdsTokens) return answer;
    return (await this.refresh()).ok ? this.#send(method, path, body, report) : answer;
  }

  /** Calls that need it at the same time share one refresh. */
  refresh() {
    this.#refreshing ??= this.#rotate().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  async #rotate() {
    const { refreshToken } = this.#tokens;
    const answer = await this.#send('POST', '/auth/refresh', { refreshToken });
    if (answer.ok) this.hold(answer.body);
    return answer;
  }

  async #send(method, path, body, report = this.#onAnswer) {
    const headers = {};
    if (this.#tokens !== null) headers['Authorization'] = `Bearer ${this.#tokens.accessToken}`;
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    const answer = await exchange(method, path, { headers, body: body && JSON.stringify(body) });
    report({ method, path, ...answer });
    return answer;
  }
}

async function exchange(method, path, request) {
  try {
    const response = await fetch(path, { method, ...request });
    const retryAfter = Number(response.headers.get('Retry-After')) || undefined;
    return { ok: response.ok, status: response.status, body: parsed(await response.text()), retryAfter };
  } catch {
    return { ok: false, status: 0, body: { message: 'The server does not answer.' } };
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text === '' ? null : { message: text };
  }
}
