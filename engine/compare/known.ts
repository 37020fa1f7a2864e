/** Values that are there, with their groups. */
export function known(
  values: Float64Array,
  groups: Int32Array | undefined,
): { values: Float64Array; groups: Int32Array | undefined } {
  if (!values.includes(NaN)) return { values, groups };
  const there = (_: unknown, i: number): boolean => !Number.isNaN(values[i]);
  return { values: values.filter(there), groups: groups?.filter(there) };
}

export function subtract(a: Float64Array, b: Float64Array): Float64Array {
  const difference = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) difference[i] = a[i]! - b[i]!;
  return difference;
}
