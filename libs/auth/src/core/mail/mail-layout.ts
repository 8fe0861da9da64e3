/** One mail, in words: plain text, nothing escaped, every placeholder replaced. */
export interface MailParts {
  /** BCP 47. */
  language: string;
  app: string;
  subject: string;
  heading: string | undefined;
  paragraphs: readonly string[];
  button: { label: string; url: string } | undefined;
  footer: string | undefined;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);

/** The link has a line of its own, so that no mail program cuts or lengthens it. */
export function mailText({ app, heading, paragraphs, button, footer }: MailParts): string {
  const link = button === undefined ? undefined : `${button.label}:\n${button.url}`;
  return [heading, ...paragraphs, link, footer, app].filter((part) => part !== undefined).join('\n\n') + '\n';
}

const FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

/** Small, with its style inside, legible in the dark, and without anything that is loaded from elsewhere. */
export function mailHtml({ language, app, subject, heading, paragraphs, button, footer }: MailParts): string {
  const direction = /^(ar|fa|he|ur|ps|sd|ug|yi)\b/i.test(language) ? 'rtl' : 'ltr';
  const paragraph = (text: string): string => `<p style="margin:0 0 16px">${escapeHtml(text)}</p>`;
  const url = button === undefined ? '' : escapeHtml(button.url);
  return [
    '<!doctype html>',
    `<html lang="${escapeHtml(language)}" dir="${direction}">`,
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<meta name="supported-color-schemes" content="light dark">',
    `<title>${escapeHtml(subject)}</title>`,
    '<style>@media (prefers-color-scheme:dark){.page{background:#16181c!important;color:#e8eaed!important}',
    '.card{background:#22252b!important}.small{color:#9aa0a6!important}}</style>',
    '</head>',
    `<body class="page" style="margin:0;padding:24px 12px;background:#f3f4f6;color:#1f2328;${FONT};font-size:16px;line-height:1.5">`,
    '<div class="card" style="max-width:520px;margin:0 auto;padding:32px;background:#ffffff;border-radius:12px">',
    ...(heading === undefined ? [] : [`<h1 style="margin:0 0 16px;font-size:20px;line-height:1.3">${escapeHtml(heading)}</h1>`]),
    ...paragraphs.map(paragraph),
    ...(button === undefined
      ? []
      : [
          `<p style="margin:24px 0"><a href="${url}" style="display:inline-block;padding:12px 20px;background:#1f5fd6;color:#ffffff;border-radius:8px;text-decoration:none;font-weight:600">${escapeHtml(button.label)}</a></p>`,
          `<p class="small" style="margin:0 0 16px;font-size:13px;color:#5f6670;word-break:break-all">${url}</p>`,
        ]),
    ...(footer === undefined
      ? []
      : [`<p class="small" style="margin:24px 0 0;font-size:13px;color:#5f6670">${escapeHtml(footer)}</p>`]),
    '</div>',
    `<p class="small" style="max-width:520px;margin:16px auto 0;text-align:center;font-size:13px;color:#5f6670">${escapeHtml(app)}</p>`,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}
