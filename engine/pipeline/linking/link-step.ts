/** Makes steps runnable, each with its references followed. Null where one has a problem; all are reported. */
import type { Step } from '../compiled.ts';
import type { SignalPart, StepPart } from '../specification.ts';
import { signalStep } from '../steps/signal-step.ts';
import { linkAgent } from './link-agents.ts';
import { linkCall } from './link-call.ts';
import { linkCode } from './link-code.ts';
import { linkBranch, linkLoop, linkMap, linkParallel } from './link-flow.ts';
import { linkGenerate, linkGuard } from './link-generate.ts';
import { linkReview, linkScore, linkSet } from './link-looking.ts';
import { linkRetrieve } from './link-documents.ts';
import { linkTemplate } from './link-text.ts';
import { asJson, type Linked, type Linking, stepsRead } from './linking.ts';

export function linkSteps(linking: Linking, parts: readonly StepPart[]): Linked[] {
  return parts.flatMap((part) => {
    const linked = linkStep(linking, part);
    if (part.intended !== null && !linking.steps.has(part.id))
      linking.steps.set(part.id, { kind: part.intended });
    return linked === null ? [] : [linked];
  });
}

export const programOf = (linked: readonly Linked[]): Step[] => linked.map(({ step }) => step);

function linkStep(linking: Linking, part: StepPart): Linked | null {
  if (part.signal) return linkSignal(linking, part, part.signal);
  if (part.generate) return linkGenerate(linking, part, part.generate);
  if (part.guard) return linkGuard(linking, part, part.guard);
  if (part.retrieve) return linkRetrieve(linking, part, part.retrieve);
  if (part.agent) return linkAgent(linking, part, part.agent);
  if (part.parallel) return linkParallel(linking, part, part.parallel, linkSteps);
  if (part.map) return linkMap(linking, part, part.map, linkSteps);
  if (part.loop) return linkLoop(linking, part, part.loop, linkSteps);
  if (part.branch) return linkBranch(linking, part, part.branch, linkSteps);
  if (part.set) return linkSet(linking, part, part.set);
  if (part.score) return linkScore(linking, part, part.score);
  if (part.review) return linkReview(linking, part, part.review);
  if (part.call) return linkCall(linking, part, part.call);
  if (part.code) return linkCode(linking, part, part.code);
  return null;
}

function linkSignal(linking: Linking, part: StepPart, signal: SignalPart): Linked | null {
  const of =
    signal.of === undefined
      ? null
      : linkTemplate(linking, { text: signal.of }, [...part.at, 'signal', 'of'], { step: part });
  if (signal.of !== undefined && !of) return null;
  return {
    step: signalStep(part.id, signal, of?.template ?? null, stepsRead(of?.template)),
    resolved: { id: part.id, signal: asJson(signal) },
  };
}
