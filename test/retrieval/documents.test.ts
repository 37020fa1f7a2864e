import { describe, expect, it } from 'vitest';
import { readDocument } from '../../engine/retrieval/index.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('a document', () => {
  it('in Markdown is its words under their headings', async () => {
    const source =
      '\uFEFFBefore.\n\n# Refunds\n\nWithin **30 days**, see [the form](https://x.example).\n\n- cash\n- card\n\n## Late\n\n`No` refund.\n\n<script>alert(1)</script>\n\n# Empty\n';
    expect(await readDocument('a/b.md', bytes(source))).toEqual({
      id: 'a/b.md',
      sections: [
        { headings: [], text: 'Before.' },
        { headings: ['Refunds'], text: 'Within 30 days, see the form.\n\n- cash\n- card' },
        { headings: ['Refunds', 'Late'], text: 'No refund.' },
      ],
    });
  });

  it('in HTML is what the page says: no script, style, menu or form, entities read', async () => {
    const page = `<!doctype html><html><head><title>t</title><style>p{}</style></head><body><nav>Home</nav>
      <h1>Ship&shy;ping &amp; <em>returns</em></h1><p>Two&nbsp;days<br>to Bern.<p>Free.</p>
      <script>document.write("<p>hidden</p>")</script><h2>Abroad</h2><table><tr><td>FR</td><td>5</td></tr></table>
      <form><p>Search</p></form></body></html>`;
    const { sections } = await readDocument('x.HTML', bytes(page));
    expect(sections).toEqual([
      { headings: ['Ship\u00ADping & returns'], text: 'Two days to Bern.\n\nFree.' },
      { headings: ['Ship\u00ADping & returns', 'Abroad'], text: 'FR 5' },
    ]);
  });

  it('in HTML that never ends, or closes what it did not open, is still read', async () => {
    const open = `${'<div>'.repeat(50_000)}deep</script></nav></p>`;
    expect((await readDocument('x.html', bytes(open))).sections).toEqual([{ headings: [], text: 'deep' }]);
  });

  it('as PDF is its text layer, a section a page', async () => {
    const { sections } = await readDocument('x.pdf', pdf(['Refunds take five days.', '', 'Ask in Bern.']));
    expect(sections).toEqual([
      { headings: ['page 1'], text: 'Refunds take five days.' },
      { headings: ['page 3'], text: 'Ask in Bern.' },
    ]);
  });

  it('that is no PDF, or of another kind, is an error with a code and a hint', async () => {
    await expect(readDocument('x.pdf', bytes('%PDF-1.4 cut'))).rejects.toMatchObject({
      code: 'file.malformed',
      hint: expect.any(String),
    });
    await expect(readDocument('x.docx', bytes(''))).rejects.toMatchObject({ code: 'file.format_unknown' });
  });
});

/** The least that ISO 32000-1 calls a file: a catalogue, pages, a font, a content stream each. */
function pdf(pages: string[]): Uint8Array {
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Count ${pages.length} /Kids [${pages.map((_, i) => `${4 + 2 * i} 0 R`).join(' ')}] >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    ...pages.flatMap((text, i) => {
      const content = `BT /F1 12 Tf 72 700 Td (${text}) Tj ET`;
      return [
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents ${5 + 2 * i} 0 R /Resources << /Font << /F1 3 0 R >> >> >>`,
        `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
      ];
    }),
  ];
  let file = '%PDF-1.4\n';
  const offsets = objects.map((object, i) => {
    const at = file.length;
    file += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const table = offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  file += `xref\n0 ${size}\n0000000000 65535 f \n${table}trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${file.length}\n%%EOF\n`;
  return bytes(file);
}
