/** The page that consumes a token by a POST. The token is in the fragment, which no server and no referrer header sees. */
export function mailLink(baseUrl: string, path: string, token: string): string {
  return `${baseUrl}${path}#${token}`;
}
