import { readFileSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, relative, resolve, sep } from 'node:path';

const maxBytes = 1_000_000;

/** A file named by a pipeline, read only from the pipeline's own folder or below it. */
export function readBeside(
  baseFolder: string | null,
  name: string,
): { text: string } | { message: string; hint: string } {
  if (baseFolder === null) {
    return {
      message: `\`${name}\` is a file, and this pipeline was given as text.`,
      hint: 'Write the content into the pipeline, or run the pipeline from its file.',
    };
  }
  try {
    const base = realpathSync(baseFolder);
    const path = realpathSync(resolve(base, name));
    const inner = relative(base, path);
    if (isAbsolute(name) || inner === '..' || inner.startsWith(`..${sep}`) || isAbsolute(inner)) {
      return {
        message: `\`${name}\` lies outside the pipeline's folder.`,
        hint: 'Move the file beside the pipeline and name it relative to it.',
      };
    }
    const { size } = statSync(path);
    if (size > maxBytes) {
      return { message: `\`${name}\` is ${size} bytes long.`, hint: `Keep it under ${maxBytes} bytes.` };
    }
    return { text: readFileSync(path, 'utf8').replace(/^\uFEFF/, '') };
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return {
      message: missing ? `There is no file \`${name}\`.` : `\`${name}\` cannot be read.`,
      hint: 'Name a readable file, relative to the pipeline file.',
    };
  }
}

/** `prompts/triage.md` names a file; anything with a blank, a bracket or another ending is the text itself. */
export function looksLikeFile(text: string): boolean {
  return /^[^\s{}<>]+\.(?:md|txt|prompt)$/.test(text);
}
