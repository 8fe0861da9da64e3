/** What fingers and alphabets offer in a row, in lower case: rows, slanted columns and number pads of the usual keyboards. */
const ROWS = [
  'abcdefghijklmnopqrstuvwxyz',
  'абвгдеёжзийклмнопрстуфхцчшщъыьэюя',
  'αβγδεζηθικλμνξοπρστυφχψω',
  '01234567890123456789',
  // US and most others
  '`1234567890-=',
  '~!@#$%^&*()_+',
  'qwertyuiop[]\\',
  "asdfghjkl;'",
  'zxcvbnm,./',
  // slanted columns, typed downwards
  ...['1qaz', '2wsx', '3edc', '4rfv', '5tgb', '6yhn', '7ujm', '8ik,', '9ol.', '0p;/'],
  // German
  'qwertzuiopü+',
  'asdfghjklöä#',
  'yxcvbnm,.-',
  ...['1qay', '6zhn'],
  // French
  'azertyuiop^$',
  'qsdfghjklmù*',
  'wxcvbn,;:!',
  '&é"\'(-è_çà)=',
  // Spanish and Nordic
  'asdfghjklñ',
  'qwertyuiopå',
  'asdfghjkløæ',
  // Dvorak and Colemak
  "',.pyfgcrl/=",
  'aoeuidhtns-',
  ';qjkxbmwvz',
  'qwfpgjluy;',
  'arstdhneio',
  'zxcvbkm,./',
  // Cyrillic
  'йцукенгшщзхъ',
  'фывапролджэ',
  'ячсмитьбю',
  // number pads
  ...['789', '456', '123', '741', '852', '963', '753', '951', '159', '357'],
  '147258369',
  '789456123',
] as const;

const backwards = (row: string): string => [...row].reverse().join('');

/** Every row in both directions, so that a run is simply a part of this text. */
export const KEYBOARD_ROWS = [...ROWS, ...ROWS.map(backwards)].join('\n');
