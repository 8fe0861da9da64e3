import { format, resolveConfig } from 'prettier';
import type { BootRule } from 'nestjs-latchkey';

export const CHECKLIST_PAGE = 'docs/reference/checklist.md';

/** The page of the boot rules, as the rules themselves tell it. */
export async function checklistPage(rules: readonly BootRule[]): Promise<string> {
  const overview = rules.map(
    ({ id, severity, title }) =>
      `| [\`${id}\`](#${anchor(id)}) | ${severity.production} | ${severity.development} | ${cell(title)} |`,
  );
  const text = [
    '# Checklist',
    '<!-- Written from the rules in libs/auth/src/checklist: UPDATE_DOCS=1 npx vitest run test/checklist-page.spec.ts -->',
    'What is checked when the application starts. Each rule has an id and two severities:',
    [
      '- **refuse**: the application does not start. One message names everything that is refused, with the line that mends it.',
      '- **warn**: the log says so at every start, in one block.',
      '- **info**: worth knowing; in the log at every start, and in `npx nestjs-latchkey doctor`.',
      '- **off**: right in that environment.',
    ].join('\n'),
    'The environment `test` counts as development. Besides these, whatever cannot be understood is refused: an unknown option, a duration ' +
      'that is none. `acknowledge: [id]` in the [options](options.md) accepts a rule knowingly; the log lists it at every start. Rules ' +
      'marked *always* cannot be accepted, because nothing would work. `Checklist.run()` asks all of them from your own code, and ' +
      '`run({ connect: true })` also those that take long or ask another machine.',
    ['| rule | production | development | wrong |', '| --- | --- | --- | --- |', ...overview].join('\n'),
    ...rules.map(section),
  ].join('\n\n');
  return format(text, { ...(await resolveConfig(CHECKLIST_PAGE)), parser: 'markdown' });
}

function section({ id, option, title, why, source, remedy, acknowledgeable, connects, whenConnecting }: BootRule): string {
  const notes = [
    ...(acknowledgeable === false ? ['*Always*: it cannot be accepted.'] : []),
    ...(connects === true ? ['Asked only when connecting.'] : []),
    ...(whenConnecting === undefined ? [] : [`When connecting its severity is ${whenConnecting}.`]),
  ];
  return [
    `## ${id}`,
    `${title} ${why}`,
    [`- Option: \`${option}\``, `- Mended by: ${codeOf(remedy)}`, `- Source: ${source}`, ...notes.map((note) => `- ${note}`)].join(
      '\n',
    ),
  ].join('\n\n');
}

const anchor = (id: string): string => id.replaceAll('.', '');
const cell = (text: string): string => text.replaceAll('|', '\\|');

/** A remedy that is a line of configuration is shown as code. */
const codeOf = (remedy: string): string =>
  /^[a-zA-Z]+: [^.]+$|^(npx|redis-cli|ALTER) [^.]+$/.test(remedy) ? `\`${remedy}\`` : remedy;
