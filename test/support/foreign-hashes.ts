/** What the hashes below were made of. */
export const FOREIGN_PASSWORD = 'battery pässword';

/** Hashes as other systems store them, each made by another implementation than the one that verifies it here. */
export const FOREIGN_HASHES = {
  // passlib 1.7.4 (pure Python), salt 00 to 0f, written as Pow.Ecto.Schema.Password writes it
  'Pow, PBKDF2':
    '$pbkdf2-sha512$1000$AAECAwQFBgcICQoLDA0ODw==$KRCMDCH0xa1caqIZiD8xfVDYuUhlRpvAWJyeZW739nI65lbkCuEAoYr+oK1NsoQIHbDigpajLlxCVElrZIbAQA==',
  // Django 5.2.17, PBKDF2PasswordHasher
  'Django, PBKDF2': 'pbkdf2_sha256$1000$seasalt0123456789abcde$HUN0+32jSOb6nK/yDdWbwxMQEWda30+6Jl603wwStXk=',
  // argon2-cffi 25.1.0, its defaults
  'FastAuth, Argon2id': '$argon2id$v=19$m=65536,t=3,p=4$LPZRd6RkqurhDRXuOoDELA$Kde+BG27f2tACW1Qhlepj2PDqP8R5/7peV6QlTCFCqs',
  // bcrypt 5.0.0 of PyPI (Rust), the prefix that Ruby's writes
  'Devise, bcrypt $2a$': '$2a$05$0N7rI1M.522/dx1n.KSQBe8IP9w1KEumga.tUmR8SVrkSpiFqRtqe',
  // the same
  'bcrypt $2b$': '$2b$05$lvij2L2Kb4o3iJrZw9QBi.3jcjVWtVnoyt7Jj8SsW0WfkOlHf0Shm',
  // the same, under the name that PHP gives it
  'PHP, bcrypt $2y$': '$2y$05$lvij2L2Kb4o3iJrZw9QBi.3jcjVWtVnoyt7Jj8SsW0WfkOlHf0Shm',
  // @noble/hashes (JavaScript), with which better-auth makes them
  'better-auth, scrypt':
    '00112233445566778899aabbccddeeff:947f6bbe5314d2c4251954ed67785724329389bc04332749c50e865d7485b1342a8079254debac2a4728cb644aee131a76fcfd25d33a7e7bb249c052c960f454',
} as const;
