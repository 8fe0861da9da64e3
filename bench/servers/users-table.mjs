// The table of users that an application brings along when its library has none: one statement finds one of them.
import bcrypt from 'bcrypt';
import pg from 'pg';

export async function openUsersTable({ url }) {
  const pool = new pg.Pool({ connectionString: url });
  await pool.query(`CREATE TABLE IF NOT EXISTS app_user (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE, password_hash text NOT NULL)`);
  return {
    async find(email) {
      const { rows } = await pool.query('SELECT id, email, password_hash FROM app_user WHERE email = $1', [email]);
      return rows[0] ?? null;
    },
    async findById(id) {
      const { rows } = await pool.query('SELECT id, email, password_hash FROM app_user WHERE id = $1', [id]);
      return rows[0] ?? null;
    },
    /** Accounts that share one hash, so that making them costs nothing. */
    async create({ count, password, cost }) {
      const hash = await bcrypt.hash(password, cost);
      const emails = Array.from({ length: count }, (_, index) => `user${index}@example.com`);
      for (const email of emails) await pool.query('INSERT INTO app_user (email, password_hash) VALUES ($1, $2)', [email, hash]);
      return emails;
    },
  };
}
