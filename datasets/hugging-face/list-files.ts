/** The files of a repository at one commit. API: huggingface.co/docs/hub/api, `revision` and `tree`. */
import { z } from 'zod';
import { WorkbenchError } from '../../engine/api/index.ts';
import { type HubAccess, type HubRequest, hubRequest, unreachable } from './hub-client.ts';
import type { HubFile } from './hub-files.ts';
import type { HubName } from './hub-name.ts';

const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
const MAX_PAGES = 200;
/** Where the Hub keeps its conversion of every public dataset. */
const CONVERTED = 'refs/convert/parquet';

const Revision = z.object({ sha: z.string().regex(/^[0-9a-f]{40,64}$/) });
const Tree = z.array(
  z.object({
    type: z.string(),
    path: z.string().min(1).max(2000),
    size: z.number().int().min(0).optional(),
    lfs: z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/), size: z.number().int().min(0) }).optional(),
  }),
);

/** The commit, whole, and its files. Without a revision: the conversion to Parquet, else the repository's main branch. */
export async function listFiles(
  access: HubAccess,
  { repo, revision }: HubName,
  signal: AbortSignal | undefined,
): Promise<{ commit: string; files: HubFile[] }> {
  const base = `${access.endpoint.replace(/\/+$/, '')}/api/datasets/${repo}`;
  const ask = (path: string): HubRequest => ({ url: `${base}/${path}`, what: `hf:${repo}`, signal });
  const commitOf = async (name: string): Promise<string> => {
    const { body } = await json(access, ask(`revision/${encodeURIComponent(name)}`), Revision);
    return body.sha;
  };
  const commit =
    revision === null
      ? await commitOf(CONVERTED).catch((thrown: unknown) => {
          const unconverted =
            thrown instanceof WorkbenchError && thrown.details?.['reason'] === 'RevisionNotFound';
          if (!unconverted) throw thrown;
          return commitOf('main');
        })
      : await commitOf(revision);
  const files: HubFile[] = [];
  let next: string | null = `${base}/tree/${commit}?recursive=true`;
  for (let page = 0; next !== null; page++) {
    if (page === MAX_PAGES || new URL(next).origin !== new URL(base).origin)
      throw malformed(`hf:${repo}`, `its list of files has more than ${MAX_PAGES} pages or leads elsewhere`);
    const answer: { body: z.infer<typeof Tree>; link: string | null } = await json(
      access,
      { ...ask(''), url: next },
      Tree,
    );
    for (const { type, path, size, lfs } of answer.body) {
      if (type === 'file') files.push({ path, bytes: lfs?.size ?? size ?? 0, sha256: lfs?.oid ?? null });
    }
    // RFC 8288, as the Hub writes it.
    const following: string | undefined = /<([^>]+)>\s*;\s*rel="?next"?/.exec(answer.link ?? '')?.[1];
    next = following === undefined ? null : new URL(following, next).href;
  }
  return { commit, files };
}

async function json<T>(
  access: HubAccess,
  request: HubRequest,
  schema: z.ZodType<T>,
): Promise<{ body: T; link: string | null }> {
  const response = await hubRequest(access, request);
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    // Node's fetch bodies are async iterables; the DOM's type of them is not.
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > MAX_ANSWER_BYTES) throw malformed(request.what, 'its answer does not end');
      chunks.push(chunk);
    }
  } catch (thrown) {
    if (thrown instanceof WorkbenchError || request.signal?.aborted === true) throw thrown;
    throw unreachable(request.what, thrown);
  }
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (cause) {
    throw malformed(request.what, 'its answer is not JSON', cause);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw malformed(request.what, 'its answer is of another form', parsed.error);
  return { body: parsed.data, link: response.headers.get('link') };
}

const malformed = (what: string, why: string, cause?: unknown): WorkbenchError =>
  new WorkbenchError('hub.malformed', `${what}: the Hub cannot be understood: ${why}.`, {
    cause,
    hint: 'Check HF_ENDPOINT: is it the Hub or a mirror of it?',
  });
