export default {
  'auth-events.ts': {
    "() => new Error('late') → () => undefined": 'whatever waiting ends with, what follows is one and the same line of the log',
  },
};
