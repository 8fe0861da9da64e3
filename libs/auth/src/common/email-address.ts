import { domainToASCII, domainToUnicode } from 'node:url';

/** RFC 5321 section 4.5.3.1.3: a path has at most 256 octets, two of which are its brackets. */
const MAX_BYTES = 254;
const MAX_LOCAL_BYTES = 64;

const ATEXT = String.raw`[\p{L}\p{N}\p{M}!#$%&'*+/=?^_\x60{|}~-]+`;
const LOCAL = new RegExp(String.raw`^(?:${ATEXT}(?:\.${ATEXT})*|"[^\p{C}\p{Z}"\\]+")$`, 'u');
const LABEL = /^[\p{L}\p{N}\p{M}](?:[\p{L}\p{N}\p{M}-]*[\p{L}\p{N}\p{M}])?$/u;

/** ASCII that is in no name. The parser of URLs behind `domainToASCII` would drop tabs, decode `%61` and stop at a slash. */
// oxlint-disable-next-line no-control-regex
const OTHER_ASCII = /[\0-,/:-@[-`{-\x7f]/;

function foldDomain(domain: string): string {
  if (OTHER_ASCII.test(domain)) return domain;
  const ascii = domainToASCII(domain);
  if (ascii === '') return domain;
  const unicode = domainToUnicode(ascii);
  // A domain whose letters have two spellings stays in the one that has only one.
  return isUnambiguous(unicode) ? unicode : ascii;
}

/** One spelling: compatibility forms (full-width letters, ligatures) and letters that case folding joins with others have two. */
function isUnambiguous(text: string): boolean {
  const lower = text.toLowerCase();
  return text.normalize('NFKC') === text && lower.toUpperCase().toLowerCase() === lower && !lower.includes('i\u0307');
}

/**
 * An e-mail address as it is written and looked up: trimmed, NFC, case-folded, and one spelling of an international domain.
 * Total: what is no address comes out as something that no account has.
 */
export function foldEmail(email: string): string {
  const trimmed = email.trim().normalize('NFC').toLowerCase().normalize('NFC');
  const at = trimmed.lastIndexOf('@');
  return at < 1 ? trimmed : `${trimmed.slice(0, at)}@${foldDomain(trimmed.slice(at + 1))}`;
}

/** Whether mail can be sent to a folded address, and nobody else's address looks the same after folding. */
export function isEmailAddress(folded: string): boolean {
  if (Buffer.byteLength(folded) > MAX_BYTES) return false;
  const at = folded.lastIndexOf('@');
  const local = folded.slice(0, at);
  const domain = folded.slice(at + 1);
  if (at < 1 || Buffer.byteLength(local) > MAX_LOCAL_BYTES || !isUnambiguous(folded) || !LOCAL.test(local)) return false;
  const labels = domain.split('.');
  return (
    labels.every((label) => label.length <= 63 && LABEL.test(label)) &&
    !/^\d+$/.test(labels.at(-1)!) &&
    domainToASCII(domain) !== ''
  );
}
