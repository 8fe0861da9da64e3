import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { BOOT_RULES } from 'nestjs-latchkey';
import { expect, it } from 'vitest';
import { CHECKLIST_PAGE, checklistPage } from './docs/checklist-page.js';

const COMMAND = 'UPDATE_DOCS=1 npx vitest run test/checklist-page.spec.ts';

it('The page of the checklist says what the rules say', async () => {
  const page = await checklistPage(BOOT_RULES);
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(CHECKLIST_PAGE, page);
  const written = existsSync(CHECKLIST_PAGE) ? readFileSync(CHECKLIST_PAGE, 'utf8') : '';

  expect(written, `${CHECKLIST_PAGE} is out of date; write it anew: ${COMMAND}`).toBe(page);
});
