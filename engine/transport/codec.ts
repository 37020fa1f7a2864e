/** Messages as bytes: MessagePack, with typed arrays as extensions. */
import { Decoder, Encoder, ExtensionCodec } from '@msgpack/msgpack';
import { checkFrame } from './check-frame.ts';

const FLOAT64 = 1;
const INT32 = 2;

const bytesOf = (array: ArrayBufferView): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
/** The bytes of a frame need not be aligned: a typed array gets its own copy. */
const copyOf = (bytes: Uint8Array, width: number): ArrayBuffer => {
  if (bytes.byteLength % width !== 0) throw new RangeError('a typed array of broken length');
  return new Uint8Array(bytes).buffer;
};

const extensionCodec = new ExtensionCodec();
extensionCodec.register({
  type: FLOAT64,
  encode: (value) => (value instanceof Float64Array ? bytesOf(value) : null),
  decode: (bytes) => new Float64Array(copyOf(bytes, 8)),
});
extensionCodec.register({
  type: INT32,
  encode: (value) => (value instanceof Int32Array ? bytesOf(value) : null),
  decode: (bytes) => new Int32Array(copyOf(bytes, 4)),
});

/** A column may really be called `__proto__`: the decoder would refuse the whole message, so the key is renamed. */
const PROTO = '__proto__';
const keyDecoder = {
  canBeCached: (byteLength: number) => byteLength === PROTO.length,
  decode(bytes: Uint8Array, offset: number, byteLength: number) {
    const key = new TextDecoder().decode(bytes.subarray(offset, offset + byteLength));
    return key === PROTO ? `${PROTO} ` : key;
  },
};

/** NaN and Infinity cross as they are. A key whose value is undefined is left out, which is what zod reads as absent. */
export function encodeMessage(message: unknown): Uint8Array {
  return new Encoder({ extensionCodec, ignoreUndefined: true, maxDepth: 200 }).encode(message);
}

/** Throws on anything that is not one whole message. */
export function decodeMessage(bytes: Uint8Array): unknown {
  checkFrame(bytes);
  return new Decoder({ extensionCodec, keyDecoder }).decode(bytes);
}
