// See crypto.mjs.
export default {
  'housekeeping.ts': {
    '{ this.logger.warn(`Housekeeping had to stop: ${messageOf(error)}`); } → {}': 'a line of the log',
  },
};
