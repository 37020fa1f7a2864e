/** Hands a text to the browser as a file. */
export function downloadText(name: string, text: string): void {
  saveBlob(name, new Blob([text], { type: 'application/octet-stream' }));
}

/** Only the last part of the name is kept: it may come from data. */
export function saveBlob(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name.split(/[/\\]/).at(-1) ?? 'file';
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
