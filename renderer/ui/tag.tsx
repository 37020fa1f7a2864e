import type { ReactNode } from 'react';
import type { RunStatus, Verdict } from '../../engine/api/index.ts';
import { Icon, type IconName } from './icons.tsx';

export type Tone = 'good' | 'bad' | 'warn' | 'info' | 'neutral';

/** A word with an icon and a colour: any one of the three says it. */
export function Tag({ tone, icon, children }: { tone: Tone; icon?: IconName; children: ReactNode }) {
  return (
    <span className="kp-tag" data-tone={tone}>
      {icon !== undefined && <Icon name={icon} size={13} />}
      {children}
    </span>
  );
}

const statuses: Record<RunStatus, { tone: Tone; icon: IconName; word: string }> = {
  running: { tone: 'info', icon: 'runs', word: 'Running' },
  paused: { tone: 'warn', icon: 'pause', word: 'Paused' },
  done: { tone: 'good', icon: 'check', word: 'Done' },
  failed: { tone: 'bad', icon: 'cross', word: 'Failed' },
  cancelled: { tone: 'neutral', icon: 'cross', word: 'Cancelled' },
};
export function StatusTag({ status }: { status: RunStatus }) {
  const { tone, icon, word } = statuses[status];
  return (
    <Tag tone={tone} icon={icon}>
      {word}
    </Tag>
  );
}

const verdictWords: Record<'better' | 'worse' | 'tied', { tone: Tone; icon: IconName; word: string }> = {
  better: { tone: 'good', icon: 'up', word: 'Better' },
  worse: { tone: 'bad', icon: 'down', word: 'Worse' },
  tied: { tone: 'neutral', icon: 'equal', word: 'No difference shown' },
};
export function PairVerdict({ verdict }: { verdict: 'better' | 'worse' | 'tied' }) {
  const { tone, icon, word } = verdictWords[verdict];
  return (
    <Tag tone={tone} icon={icon}>
      {word}
    </Tag>
  );
}

const fitVerdicts: Record<Verdict, { tone: Tone; icon: IconName; word: string }> = {
  route: { tone: 'info', icon: 'tune', word: 'Route before calling' },
  cascade: { tone: 'info', icon: 'tune', word: 'Cascade' },
  'cascade-route': { tone: 'info', icon: 'tune', word: 'Route and cascade' },
  single: { tone: 'neutral', icon: 'dot', word: 'One model for all' },
  'insufficient-data': { tone: 'warn', icon: 'warn', word: 'Too little data' },
};
export function FitVerdict({ verdict }: { verdict: Verdict }) {
  const { tone, icon, word } = fitVerdicts[verdict];
  return (
    <Tag tone={tone} icon={icon}>
      {word}
    </Tag>
  );
}

export function CertifiedTag({ certified }: { certified: boolean }) {
  return certified ? (
    <Tag tone="good" icon="check">
      Certified
    </Tag>
  ) : (
    <Tag tone="warn" icon="warn">
      Not certified
    </Tag>
  );
}
