/** A line of a file, counted from 1; `text` is `null` when the line is longer than can be kept. */
export interface Line {
  number: number;
  text: string | null;
}

/** Characters of a line or a record. Far more than an account needs, and little enough to keep. */
export const MAX_LENGTH = 65_536;

/** Lines of a text that arrives in pieces, ended by LF or CRLF, with no more of it in memory than one of them. */
export async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<Line> {
  let number = 1;
  let rest = '';
  let isTooLong = false;
  const take = (end: string): Line => {
    const text = rest + end;
    const line = { number, text: isTooLong || text.length > MAX_LENGTH ? null : withoutReturn(text) };
    number += 1;
    rest = '';
    isTooLong = false;
    return line;
  };
  let isFirst = true;
  for await (const piece of pieces) {
    // Windows marks UTF-8 with a byte order mark.
    const text = isFirst && piece.startsWith('\uFEFF') ? piece.slice(1) : piece;
    isFirst = false;
    let from = 0;
    for (let to = text.indexOf('\n'); to !== -1; to = text.indexOf('\n', from)) {
      yield take(text.slice(from, to));
      from = to + 1;
    }
    rest += text.slice(from);
    if (rest.length > MAX_LENGTH) {
      isTooLong = true;
      rest = '';
    }
  }
  if (rest !== '' || isTooLong) yield take('');
}

const withoutReturn = (text: string): string => (text.endsWith('\r') ? text.slice(0, -1) : text);
