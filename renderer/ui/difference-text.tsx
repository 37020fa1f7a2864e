import { useMemo } from 'react';
import { textDifference } from './text-difference.ts';

/** A text with what it has more than another marked as inserted, and what it lacks as deleted. */
export function DifferenceText({ before, after }: { before: string; after: string }) {
  const pieces = useMemo(() => textDifference(before, after), [before, after]);
  if (pieces === null) {
    return (
      <>
        <span className="kp-note">Too long or too different to mark what changed.</span>
        <br />
        {after}
      </>
    );
  }
  return pieces.map(({ kind, text }, index) => {
    // Pieces have no identity but their place.
    if (kind === 'added') return <ins key={index}>{text}</ins>;
    if (kind === 'removed') return <del key={index}>{text}</del>;
    return <span key={index}>{text}</span>;
  });
}
