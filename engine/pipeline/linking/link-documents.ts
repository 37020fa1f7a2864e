/** Folders of documents, and the steps that search them. */
import type { Json } from '../../api/index.ts';
import { nearNamesHint } from '../../text/index.ts';
import { type DocumentSet, openDocuments } from '../documents.ts';
import type { Path, SourceDocument } from '../document.ts';
import { readPart } from '../parts.ts';
import { DocumentsPart, type RetrievePart, type StepPart } from '../specification.ts';
import { retrieveStep } from '../steps/retrieve-step.ts';
import { linkTemplate } from './link-text.ts';
import { asJson, type Linked, type Linking, stepsRead } from './linking.ts';

export function readDocuments(
  document: SourceDocument,
  value: Json | undefined,
  baseFolder: string | null,
): Map<string, DocumentSet> {
  const sets = new Map<string, DocumentSet>();
  if (value === undefined) return sets;
  const part = readPart(document, DocumentsPart, value, ['documents']) ?? {};
  for (const [name, settings] of Object.entries(part)) {
    const at: Path = ['documents', name, 'folder'];
    if (baseFolder === null) {
      document.report(
        at,
        'Documents are read from beside the pipeline, and this one was given as text.',
        'Run the pipeline from its file.',
      );
      continue;
    }
    const opened = openDocuments(baseFolder, { name, ...settings });
    if ('message' in opened) document.report(at, opened.message, opened.hint);
    else if (settings.sha256 !== undefined && settings.sha256 !== opened.sha256) {
      document.report(
        at,
        `The documents in \`${settings.folder}\` are not those it was made with.`,
        'Put them back, or start a new run.',
      );
    } else sets.set(name, opened);
  }
  return sets;
}

/** Null where there are no such documents, reported. */
export function linkDocuments(linking: Linking, name: string, path: Path): DocumentSet | null {
  const set = linking.documents.get(name);
  if (set !== undefined) return set;
  const known = [...linking.documents.keys()];
  linking.document.report(
    path,
    `There are no documents \`${name}\`.`,
    known.length === 0
      ? `Declare them: \`documents: { ${name}: { folder: FOLDER } }\`.`
      : nearNamesHint(name, known, 'set of documents'),
  );
  return null;
}

export function linkRetrieve(linking: Linking, part: StepPart, retrieve: RetrievePart): Linked | null {
  const at: Path = [...part.at, 'retrieve'];
  const documents = linkDocuments(linking, retrieve.from, [...at, 'from']);
  const query = linkTemplate(linking, { text: retrieve.query }, [...at, 'query'], { step: part });
  if (!documents || !query) return null;
  const { k, by } = retrieve;
  linking.shared.preparing.push((signal) => documents.index(by, signal));
  return {
    step: retrieveStep({
      id: part.id,
      query: query.template,
      documents,
      k,
      by,
      needs: stepsRead(query.template),
    }),
    resolved: { id: part.id, retrieve: asJson(retrieve) },
  };
}
