/**
 * The one error class of the product and the closed list of its codes.
 * Codes are stable: scripts match on them.
 */

export const errorKinds = [
  'input',
  'config',
  'provider',
  'storage',
  'cancelled',
  'conflict',
  'unsupported',
  'bug',
] as const;
export type ErrorKind = (typeof errorKinds)[number];

/** Every code and its kind. Add a code here, and nowhere else. */
export const errorCodes = {
  'input.invalid': 'input',
  'input.unknown_command': 'input',
  'file.not_found': 'input',
  'file.unreadable': 'input',
  'file.empty': 'input',
  'file.format_unknown': 'input',
  'file.malformed': 'input',
  'file.too_large': 'input',
  'dataset.not_found': 'input',
  'dataset.name_taken': 'conflict',
  'dataset.column_unknown': 'input',
  'dataset.label_missing': 'input',
  'dataset.id_duplicate': 'input',
  'dataset.rows_rejected': 'input',
  'dataset.split_unknown': 'input',
  'outcomes.example_unknown': 'input',
  'outcomes.pair_duplicate': 'input',
  'outcomes.score_invalid': 'input',
  'outcomes.rows_rejected': 'input',
  'outcomes.format_unknown': 'input',
  'outcomes.format_mismatch': 'input',
  'outcomes.no_examples': 'input',
  'pipeline.invalid': 'input',
  'pipeline.not_found': 'input',
  'model.unknown': 'config',
  'provider.key_missing': 'config',
  'provider.key_exposed': 'config',
  'provider.unknown': 'config',
  'provider.rate_limited': 'provider',
  'provider.overloaded': 'provider',
  'provider.server_error': 'provider',
  'provider.timeout': 'provider',
  'provider.connection': 'provider',
  'provider.stream_cut': 'provider',
  'provider.malformed': 'provider',
  'provider.auth': 'provider',
  'provider.bad_request': 'provider',
  'provider.context_overflow': 'provider',
  'provider.refused': 'provider',
  'provider.empty': 'provider',
  'run.not_found': 'input',
  'run.active': 'conflict',
  'run.not_resumable': 'conflict',
  'run.budget_exceeded': 'conflict',
  'run.ambiguous_calls': 'conflict',
  'run.config_changed': 'conflict',
  'pipeline.code_off': 'config',
  'traces.not_sent': 'provider',
  'review.not_found': 'input',
  'review.decided': 'conflict',
  'review.answer_invalid': 'input',
  'candidate.unknown': 'input',
  'scorer.unknown': 'input',
  'scorer.invalid': 'input',
  'scorer.code_off': 'config',
  'compare.no_pairs': 'input',
  'fit.too_few_candidates': 'input',
  'fit.no_paired_rows': 'input',
  'fit.cost_unknown': 'input',
  'fit.not_found': 'input',
  'policy.not_found': 'input',
  'policy.malformed': 'input',
  'policy.integrity': 'input',
  'policy.version': 'unsupported',
  'policy.stale': 'conflict',
  'policy.vectors_failed': 'conflict',
  'policy.signature': 'input',
  'policy.safety_dropped': 'conflict',
  'policy.target_unknown': 'input',
  'policy.no_rule': 'bug',
  'workspace.locked': 'storage',
  'workspace.newer': 'unsupported',
  'workspace.unusable': 'storage',
  'workspace.disk_full': 'storage',
  'workspace.read_only': 'storage',
  'workspace.corrupt': 'storage',
  'upload.not_found': 'input',
  'download.not_found': 'input',
  'hub.not_found': 'input',
  'hub.gated': 'config',
  'hub.rate_limited': 'provider',
  'hub.unavailable': 'provider',
  'hub.malformed': 'provider',
  'serve.port_in_use': 'config',
  'host.disconnected': 'provider',
  'host.refused': 'input',
  cancelled: 'cancelled',
  unsupported: 'unsupported',
  bug: 'bug',
} as const satisfies Record<string, ErrorKind>;
export type ErrorCode = keyof typeof errorCodes;

export interface ErrorOptions {
  /** What the person can do about it, as an imperative sentence. */
  hint?: string;
  /** Plain JSON data: file, line, column, counts. Never a secret. */
  details?: Record<string, unknown>;
  cause?: unknown;
  /** Whether the same call may succeed later unchanged. */
  retryable?: boolean;
}

/** What crosses a transport or is printed under `--json`. */
export interface ErrorBody {
  code: ErrorCode;
  kind: ErrorKind;
  message: string;
  hint?: string;
  details?: Record<string, unknown>;
  retryable: boolean;
}

export class WorkbenchError extends Error {
  override readonly name = 'WorkbenchError';
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly hint: string | undefined;
  readonly details: Record<string, unknown> | undefined;
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.kind = errorCodes[code];
    this.hint = options.hint;
    this.details = options.details;
    this.retryable = options.retryable ?? false;
  }

  toBody(): ErrorBody {
    return {
      code: this.code,
      kind: this.kind,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.details === undefined ? {} : { details: this.details }),
      retryable: this.retryable,
    };
  }

  static fromBody(body: ErrorBody): WorkbenchError {
    return new WorkbenchError(body.code, body.message, body);
  }
}

/** Turns anything thrown into a WorkbenchError; an unknown throw is a `bug` with its cause kept. */
export function toWorkbenchError(thrown: unknown): WorkbenchError {
  if (thrown instanceof WorkbenchError) return thrown;
  if (thrown instanceof Error && thrown.name === 'AbortError') {
    return new WorkbenchError('cancelled', 'The operation was cancelled.', { cause: thrown });
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (thrown instanceof Error && 'code' in thrown && (thrown.code === 'ENOSPC' || thrown.code === 'EDQUOT')) {
    const where = 'path' in thrown && typeof thrown.path === 'string' ? ` (${thrown.path})` : '';
    return new WorkbenchError('workspace.disk_full', `The disk is full${where}.`, {
      hint: 'Free some space, or use a workspace on a larger disk with `--workspace`; then do the same again.',
      cause: thrown,
      retryable: true,
    });
  }
  return new WorkbenchError('bug', message, {
    cause: thrown,
    hint: 'This is a defect in Kneepoint: please report it with the command that led here.',
  });
}
