// What is not worth a mutant: texts that nothing reads but people, and defaults that are said aloud. Plugin of Stryker.
import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';

const FOR_PEOPLE = new Set(['Error', 'TypeError', 'RangeError', 'Logger']);
const TEXTS = new Set(['problem', 'remedy']);

const isLogged = ({ callee }) =>
  callee.type === 'MemberExpression' && callee.object.type === 'MemberExpression' && callee.object.property.name === 'logger';

/** `checks.add(option, problem, remedy)` */
const isComplaint = ({ parent, listKey, key }) =>
  listKey === 'arguments' &&
  key > 0 &&
  parent.callee?.type === 'MemberExpression' &&
  parent.callee.object.name === 'checks' &&
  parent.callee.property.name === 'add';

function reason(path) {
  const { node, parent } = path;
  if (node.type === 'StringLiteral' && node.value === 'utf8') return 'what Node.js takes anyway';
  if (node.type === 'CallExpression' && isLogged(node)) return 'a line of the log';
  if (
    parent?.type === 'NewExpression' &&
    parent.callee.name !== undefined &&
    FOR_PEOPLE.has(parent.callee.name) &&
    node !== parent.callee
  )
    return 'the text of an error that is a mistake of the caller, or the name of a log';
  if (isComplaint(path) || (parent?.type === 'ObjectProperty' && node === parent.value && TEXTS.has(parent.key.name)))
    return 'a sentence about a mistake in the configuration';
  return undefined;
}

export const strykerPlugins = [declareValuePlugin(PluginKind.Ignore, 'texts', { shouldIgnore: reason })];
