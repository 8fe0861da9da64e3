// Tables of the documents that commands write.

const row = (cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;

export const table = (head, rows) => [head, head.map(() => '---'), ...rows].map(row).join('\n');
