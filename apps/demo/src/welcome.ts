import { describeDatabase } from './database-settings.js';
import type { Settings } from './settings.js';

/** What the terminal says once the demo runs: where it is, on what, and what to try. */
export function welcome(settings: Settings): string {
  const { baseUrl, database, adapter, redisUrl, environment, delivery, throttle } = settings;
  const parts = [adapter, describeDatabase(database), redisUrl === undefined ? 'cache in memory' : 'cache in Redis', environment];
  return [
    '',
    `Latchkey demo: ${baseUrl}`,
    `  ${parts.join(' · ')}`,
    ...(throttle ? [] : ['  Limits are off (THROTTLE=off): for load tests only.']),
    '',
    'Open it in a browser, or try:',
    '',
    ...(delivery.includes('bearer') ? bearerLines(baseUrl) : cookieLines(baseUrl)),
    '',
  ].join('\n');
}

const JSON_HEADER = "-H 'Content-Type: application/json'";
const ADA = `"email":"ada@example.com","password":"correct horse battery"`;

/** Nothing but curl and Node.js, which are there. */
const bearerLines = (url: string): string[] => [
  `  curl ${url}/open`,
  `  curl -X POST ${url}/auth/signup ${JSON_HEADER} -d '{${ADA}}'`,
  `  curl -s -X POST ${url}/auth/signin ${JSON_HEADER} -d '{${ADA}}' > session.json`,
  `  token() { node -p "JSON.parse(fs.readFileSync('session.json')).$1"; }`,
  `  curl ${url}/private -H "Authorization: Bearer $(token accessToken)"`,
  `  curl -X POST ${url}/auth/refresh ${JSON_HEADER} -d "{\\"refreshToken\\":\\"$(token refreshToken)\\"}"`,
  `  curl -i -X POST ${url}/auth/signout -H "Authorization: Bearer $(token accessToken)"`,
];

const cookieLines = (url: string): string[] => [
  `  curl ${url}/open`,
  `  curl -c cookies -X POST ${url}/auth/signup ${JSON_HEADER} -d '{${ADA}}'`,
  `  curl -b cookies ${url}/private`,
  `  curl -b cookies -i -X POST ${url}/auth/signout -H 'Origin: ${new URL(url).origin}'`,
];
