// What a program asks PostgreSQL, whichever library asks: seen where all of them end up, and only while somebody counts.
import pg from 'pg';

const TRANSACTION = /^\s*(BEGIN|START TRANSACTION|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)/i;
/** Latchkey looks for revocations every 500 ms and for mail to be sent every second, which belongs to nobody's request. */
const BACKGROUND = /^\s*(SELECT\b.*\bauth_revocation\b|WITH due AS\b.*\bauth_outbox\b)/is;

const { query } = pg.Client.prototype;
let texts = [];

export const statementAnswers = {
  count() {
    texts = [];
    pg.Client.prototype.query = function (first, ...rest) {
      texts.push(typeof first === 'string' ? first : first.text);
      return query.call(this, first, ...rest);
    };
  },
  /** @returns statements since `count`, those that begin and end a transaction apart */
  counted() {
    pg.Client.prototype.query = query;
    const asked = texts.filter((text) => !BACKGROUND.test(text));
    const inTransaction = asked.some((text) => TRANSACTION.test(text));
    return { sql: asked.filter((text) => !TRANSACTION.test(text)).length, inTransaction };
  },
};
