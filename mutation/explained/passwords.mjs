// See crypto.mjs.
export default {
  'password-hashing.ts': {
    '\'x\' → ""': 'the bytes that a speed is measured with do not matter to it',
  },
  'password-material.ts': {
    '\'latin1\' → ""': 'base64 is ASCII, the same bytes in every encoding that could stand there',
  },
};
