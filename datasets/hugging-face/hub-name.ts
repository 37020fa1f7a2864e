/** How a person names a dataset of the Hub: `owner/name[/config][@revision]`, after `hf:`. */
import { WorkbenchError } from '../../engine/api/index.ts';

export interface HubName {
  /** `owner/name`. */
  repo: string;
  /** A subset, as the Hub calls it; null where the dataset has only one. */
  config: string | null;
  /** A branch, tag or commit of the repository itself; null for the Hub's own conversion to Parquet. */
  revision: string | null;
}

const PART = /^\w[\w.-]{0,95}$/;
const REVISION = /^\w[\w./-]{0,200}$/;

/** Throws input.invalid. What passes can go into an address without leaving its place there. */
export function parseHubName(text: string): HubName {
  const plain = text.replace(/^hf:(\/\/datasets\/)?/, '');
  const at = plain.indexOf('@');
  const revision = at < 0 ? null : plain.slice(at + 1);
  const [owner = '', name = '', ...rest] = (at < 0 ? plain : plain.slice(0, at)).split('/');
  const config = rest.join('/');
  const climbs = `${owner}/${name}/${revision ?? ''}`.split('/').some((part) => /^\.+$/.test(part));
  if (!PART.test(owner) || !PART.test(name) || climbs || (revision !== null && !REVISION.test(revision))) {
    throw new WorkbenchError('input.invalid', `"${text}" names no dataset of the Hugging Face Hub.`, {
      hint: 'Write hf:owner/name, hf:owner/name/config or hf:owner/name/config@revision, such as hf:cais/mmlu/all.',
    });
  }
  return { repo: `${owner}/${name}`, config: config === '' ? null : config, revision };
}
