/** Limited-memory BFGS with backtracking (Nocedal & Wright 2006, alg. 7.4 and 3.1). */
const MEMORY = 8;
const MAX_ITERATIONS = 200;
const GRADIENT_TOLERANCE = 1e-6;

type Objective = (at: Float64Array, gradient: Float64Array) => Promise<number>;
interface Correction {
  step: Float64Array;
  change: Float64Array;
  rho: number;
}

/** Ends when no component of the gradient exceeds 1e-6, after 200 iterations, or when no step helps. */
export async function minimise(start: Float64Array, objective: Objective): Promise<Float64Array> {
  let at = start.slice();
  let gradient = new Float64Array(at.length);
  let value = await objective(at, gradient);
  const corrections: Correction[] = [];
  for (let iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
    if (gradient.every((g) => Math.abs(g) <= GRADIENT_TOLERANCE)) break;
    const direction = descent(gradient, corrections);
    const slope = dot(direction, gradient);
    if (!(slope < 0)) break;
    let size = corrections.length === 0 ? 1 / Math.max(1, Math.sqrt(-slope)) : 1;
    const nextGradient = new Float64Array(at.length);
    let next = moved(at, direction, size);
    let nextValue = await objective(next, nextGradient);
    while (!(nextValue <= value + 1e-4 * size * slope) && size > 1e-10) {
      size /= 2;
      next = moved(at, direction, size);
      nextValue = await objective(next, nextGradient);
    }
    if (!(nextValue < value)) break;
    const step = moved(next, at, -1);
    const change = moved(nextGradient, gradient, -1);
    const curvature = dot(step, change);
    if (curvature > 1e-12) {
      corrections.push({ step, change, rho: 1 / curvature });
      if (corrections.length > MEMORY) corrections.shift();
    }
    at = next;
    gradient = nextGradient;
    value = nextValue;
  }
  return at;
}

function descent(gradient: Float64Array, corrections: Correction[]): Float64Array {
  const direction = gradient.map((g) => -g);
  const alphas: number[] = [];
  for (const { step, change, rho } of corrections.toReversed()) {
    const alpha = rho * dot(step, direction);
    alphas.push(alpha);
    addScaled(direction, change, -alpha);
  }
  const last = corrections.at(-1);
  if (last !== undefined) {
    const scale = 1 / (last.rho * dot(last.change, last.change));
    for (let i = 0; i < direction.length; i++) direction[i] = (direction[i] ?? 0) * scale;
  }
  for (const { step, change, rho } of corrections) {
    addScaled(direction, step, (alphas.pop() ?? 0) - rho * dot(change, direction));
  }
  return direction;
}

function moved(from: Float64Array, direction: Float64Array, size: number): Float64Array<ArrayBuffer> {
  const to = Float64Array.from(from);
  addScaled(to, direction, size);
  return to;
}
function addScaled(into: Float64Array, direction: Float64Array, size: number): void {
  for (let i = 0; i < into.length; i++) into[i] = (into[i] ?? 0) + size * (direction[i] ?? 0);
}
function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
