/**
 * Conditions of a rules route: `complexity > 2000 and not (sensitivity == "none" or answer.confidence < 0.6)`.
 * Comparisons < <= > >= == !=, and / or / not, brackets; literals are numbers, quoted or bare words, true, false.
 * A missing value, or one of another type than the literal, makes its comparison false (`!=` too); a text that reads
 * as a number or as true or false compares as one, because answers of models are texts.
 */
export type SignalValue = number | string | boolean | null;
export type Condition = (signals: Signals) => boolean;
/** A map of signals, or anything that answers like one. */
export interface Signals {
  get(name: string): SignalValue | undefined;
}
export interface CompiledCondition {
  condition: Condition;
  /** Signals read, with their place in the text. */
  signals: { name: string; offset: number }[];
}

type Comparator = '<' | '<=' | '>' | '>=' | '==' | '!=';
interface Token {
  text: string;
  offset: number;
  kind: 'word' | 'string' | 'number' | 'symbol' | 'end';
}

export class ConditionError extends Error {
  override readonly name = 'ConditionError';
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** Throws ConditionError with the character where reading stopped. */
export function compileCondition(text: string): CompiledCondition {
  const tokens = tokenise(text);
  const signals: CompiledCondition['signals'] = [];
  let at = 0;
  let depth = 0;
  const peek = (): Token => tokens[at]!;
  const take = (): Token => tokens[at++]!;
  const isWord = (word: string): boolean => peek().kind === 'word' && peek().text === word;

  const chain = (word: 'or' | 'and', part: () => Condition): Condition => {
    const parts = [part()];
    while (isWord(word)) {
      take();
      parts.push(part());
    }
    if (parts.length === 1) return parts[0]!;
    return word === 'or'
      ? (values) => parts.some((test) => test(values))
      : (values) => parts.every((test) => test(values));
  };
  const disjunction = (): Condition => chain('or', () => chain('and', negation));
  const negation = (): Condition => {
    if (++depth > 50) throw new ConditionError('The condition is nested too deeply', peek().offset);
    try {
      if (isWord('not')) {
        take();
        const inner = negation();
        return (values) => !inner(values);
      }
      if (peek().text !== '(' || peek().kind !== 'symbol') return comparison();
      take();
      const inner = disjunction();
      const close = take();
      if (close.kind !== 'symbol' || close.text !== ')')
        throw new ConditionError('A `)` is missing', close.offset);
      return inner;
    } finally {
      depth--;
    }
  };
  const comparison = (): Condition => {
    const signal = take();
    if (signal.kind !== 'word') throw new ConditionError('A signal name is expected here', signal.offset);
    signals.push({ name: signal.text, offset: signal.offset });
    const operator = take();
    if (operator.kind !== 'symbol' || !/^[<>=!]/.test(operator.text)) {
      throw new ConditionError(`A comparison is expected after \`${signal.text}\``, operator.offset);
    }
    const literal = take();
    if (literal.kind === 'symbol' || literal.kind === 'end') {
      throw new ConditionError(`A value is expected after \`${operator.text}\``, literal.offset);
    }
    // The tokeniser yields only these six for a symbol that begins with < > = or !.
    const comparator = operator.text as Comparator;
    const value = literalValue(literal);
    if (typeof value !== 'number' && comparator !== '==' && comparator !== '!=') {
      throw new ConditionError(`\`${comparator}\` compares numbers`, literal.offset);
    }
    return compare(signal.text, comparator, value);
  };

  const condition = disjunction();
  if (peek().kind !== 'end')
    throw new ConditionError(`\`${peek().text}\` is not expected here`, peek().offset);
  return { condition, signals };
}

function compare(name: string, comparator: Comparator, wanted: number | string | boolean): Condition {
  const type = typeof wanted;
  const test = ((): ((value: number | string | boolean) => boolean) => {
    switch (comparator) {
      case '<':
        return (value) => value < wanted;
      case '<=':
        return (value) => value <= wanted;
      case '>':
        return (value) => value > wanted;
      case '>=':
        return (value) => value >= wanted;
      case '==':
        return (value) => value === wanted;
      case '!=':
        return (value) => value !== wanted;
    }
  })();
  return (values) => {
    const value = as(type, values.get(name));
    if (value === undefined || value === null || typeof value !== type || Number.isNaN(value)) return false;
    return test(value);
  };
}

function as(type: string, value: SignalValue | undefined): SignalValue | undefined {
  if (typeof value !== 'string' || type === 'string') return value;
  const text = value.trim();
  if (type === 'number') return text === '' ? undefined : Number(text);
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

function literalValue(token: Token): number | string | boolean {
  if (token.kind === 'number') return Number(token.text);
  if (token.kind === 'word' && (token.text === 'true' || token.text === 'false'))
    return token.text === 'true';
  return token.text;
}

const tokenPattern =
  /\s*(?:(<=|>=|==|!=|<|>|\(|\))|("(?:[^"\\]|\\.)*"|'[^']*')|([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.-]))|([A-Za-z][\w.+-]*))/y;

function tokenise(text: string): Token[] {
  const tokens: Token[] = [];
  tokenPattern.lastIndex = 0;
  let end = 0;
  for (;;) {
    const match = tokenPattern.exec(text);
    if (!match) break;
    end = tokenPattern.lastIndex;
    const [whole, symbol, quoted, number, word] = match;
    const offset = match.index + whole.length - whole.trimStart().length;
    if (symbol !== undefined) tokens.push({ text: symbol, offset, kind: 'symbol' });
    else if (number !== undefined) tokens.push({ text: number, offset, kind: 'number' });
    else if (word !== undefined) tokens.push({ text: word, offset, kind: 'word' });
    else tokens.push({ text: quoted!.slice(1, -1).replace(/\\(.)/g, '$1'), offset, kind: 'string' });
  }
  if (text.slice(end).trim() !== '') {
    const offset = end + text.slice(end).search(/\S/);
    throw new ConditionError(`\`${text.slice(offset, offset + 10)}\` cannot be read`, offset);
  }
  tokens.push({ text: 'the end', offset: text.length, kind: 'end' });
  return tokens;
}
