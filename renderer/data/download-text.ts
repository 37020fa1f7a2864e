/** Hands a text to the browser as a file. Only the last part of the name is kept: it may come from data. */
export function downloadText(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name.split(/[/\\]/).at(-1) ?? 'file';
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
