// Bytes for a socket that are no HTTP, or HTTP that nobody should send. One byte stands for one character.

const GET = 'GET /auth/me HTTP/1.1\r\nHost: localhost\r\n';
const POST = 'POST /auth/signin HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
const BODY = '{"email":"nobody@example.com","password":"wrong horse"}';
const LENGTH = `Content-Length: ${BODY.length}\r\n`;

const SHAPES = [
  () => '\r\n',
  () => '\r\n\r\n\r\n',
  () => 'GET /auth/me\r\n',
  () => 'GET /auth/me\r\n\r\n',
  () => 'GET  /auth/me  HTTP/1.1\r\nHost: x\r\n\r\n',
  () => 'GET /auth/me HTTP/0.9\r\n\r\n',
  () => 'GET /auth/me HTTP/1.0\r\n\r\n',
  () => 'GET /auth/me HTTP/2.0\r\nHost: x\r\n\r\n',
  () => 'GET /auth/me HTTP/9.9\r\nHost: x\r\n\r\n',
  () => 'GET /auth/me HTTP/1.1.1\r\nHost: x\r\n\r\n',
  () => 'GET /auth/me FTP/1.1\r\nHost: x\r\n\r\n',
  () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0',
  () => '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03',
  () => 'get /auth/me HTTP/1.1\r\nHost: x\r\n\r\n',
  () => 'G\0T /auth/me HTTP/1.1\r\nHost: x\r\n\r\n',
  () => 'BREW /auth/me HTTP/1.1\r\nHost: x\r\n\r\n',
  () => 'CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n\r\n',
  () => 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n',
  () => 'GET auth/me HTTP/1.1\r\nHost: x\r\n\r\n',
  () => 'GET /auth/me\x80 HTTP/1.1\r\nHost: x\r\n\r\n',
  () => 'GET /auth/\0me HTTP/1.1\r\nHost: x\r\n\r\n',
  () => 'GET /auth/me HTTP/1.1\r\n\r\n',
  () => `${GET}Host: other\r\n\r\n`,
  () => GET,
  () => GET.replaceAll('\r\n', '\n'),
  () => `${GET.replaceAll('\r\n', '\n')}\n`,
  () => `${GET.replaceAll('\r\n', '\r')}\r`,
  () => `${GET}Authorization\r\n\r\n`,
  () => `${GET}Authorization : Bearer x\r\n\r\n`,
  () => `${GET}: x\r\n\r\n`,
  () => `${GET}X: a\r\n b\r\n\tc\r\n\r\n`,
  () => `${GET}X: a\0b\r\n\r\n`,
  () => `${GET}X\0: a\r\n\r\n`,
  () => `${GET}X: \x01\x02\x7f\r\n\r\n`,
  () => `${GET}X: a\rY: b\r\n\r\n`,
  () => `${GET}Authorization: Bearer x\r\nAuthorization: Bearer y\r\n\r\n`,
  () => `${GET}X: ${'a'.repeat(20_000)}\r\n\r\n`,
  () => `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
  () => `${GET}${'X: y\r\n'.repeat(3_000)}\r\n`,
  () => `${GET}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n\x81\x05hello`,
  () => `${GET}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n`,
  () => `${GET}Expect: nonsense\r\n\r\n`,
  () => `${GET}Content-Length: 5\r\n\r\nhello`,
  () => `${GET}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
  () => `${POST}${LENGTH}\r\n${BODY}`,
  () => `${POST}${LENGTH}\r\n${BODY.slice(0, -5)}`,
  () => `${POST}${LENGTH}\r\n`,
  () => `${POST}${LENGTH}\r\n${BODY}${BODY}`,
  () => `${POST}Content-Length: -1\r\n\r\n${BODY}`,
  () => `${POST}Content-Length: +5\r\n\r\n${BODY}`,
  () => `${POST}Content-Length: 0x10\r\n\r\n${BODY}`,
  () => `${POST}Content-Length: 1e3\r\n\r\n${BODY}`,
  () => `${POST}Content-Length: 99999999999999999999\r\n\r\n${BODY}`,
  () => `${POST}Content-Length: 5, 5\r\n\r\n${BODY}`,
  () => `${POST}${LENGTH}Content-Length: 5\r\n\r\n${BODY}`,
  () => `${POST}${LENGTH}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  () => `${POST}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
  () => `${POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
  () => `${POST}Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n`,
  () => `${POST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
  () => `${POST}Transfer-Encoding: chunked\r\n\r\n${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`,
  () => `${POST}Transfer-Encoding: chunked\r\n\r\n${BODY.length.toString(16)}\r\n${BODY}`,
  () => `${POST}Transfer-Encoding: chunked\r\n\r\nzz\r\n${BODY}\r\n0\r\n\r\n`,
  () => `${POST}Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n${BODY}\r\n0\r\n\r\n`,
  () => `${POST}Transfer-Encoding: chunked\r\n\r\n-1\r\n${BODY}\r\n0\r\n\r\n`,
  () => `${POST}Transfer-Encoding: chunked\r\n\r\n1;${'a'.repeat(20_000)}\r\n{\r\n0\r\n\r\n`,
  () => `${POST}Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\nAuthorization: Bearer x\r\n\r\n`,
  () => `${POST}Expect: 100-continue\r\n${LENGTH}\r\n`,
  () => `${POST}Expect: 100-continue\r\n${LENGTH}\r\n${BODY}`,
  () => `${POST}Content-Encoding: gzip\r\n${LENGTH}\r\n${BODY}`,
  () => `${POST}Content-Encoding: gzip\r\nContent-Length: 12\r\n\r\n\x1f\x8b\x08\0\0\0\0\0\0\0\0\0`,
  () => `${GET}\r\n`.repeat(20),
  () => `${GET}\r\n${POST}${LENGTH}\r\n${BODY}${GET}X\r\n\r\n${GET}\r\n`,
  () => `${POST}${LENGTH}\r\n${BODY}GARBAGE\r\n\r\n`,
  (random) => String.fromCharCode(...Array.from({ length: random.between(1, 400) }, () => random.between(0, 255))),
];

/** One of them, and often with some bytes changed besides. Nobody may be let in by any. */
export function brokenRequest(_, random) {
  let raw = random.pick(SHAPES)(random);
  if (random.next() < 0.4) {
    for (let times = random.between(1, 4); times > 0; times--) {
      const at = random.between(0, Math.min(raw.length, 300));
      const byte = String.fromCharCode(random.pick([0, 9, 10, 13, 32, 58, 127, 255, random.between(0, 255)]));
      raw = random.pick([
        () => `${raw.slice(0, at)}${byte}${raw.slice(at + 1)}`,
        () => `${raw.slice(0, at)}${byte}${raw.slice(at)}`,
        () => `${raw.slice(0, at)}${raw.slice(at + 1)}`,
        () => raw.slice(0, at),
      ])();
    }
  }
  return { name: 'a socket', isPublic: false, credential: 'none', raw };
}
