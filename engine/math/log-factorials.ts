let known = new Float64Array(1);

/** ln k! for k = 0…n (longer where more was asked for before): one table, kept and extended. */
export function logFactorials(n: number): Float64Array {
  if (known.length <= n) {
    const more = new Float64Array(Math.max(n + 1, 2 * known.length));
    for (let k = 1; k < more.length; k++) more[k] = more[k - 1]! + Math.log(k);
    known = more;
  }
  return known;
}
