/** Draws a large part of the page piece by piece: a task for each piece, so that none of them freezes a phone. */
import { useEffect, useState } from "preact/hooks";

/** How many of `pieces` may be drawn: one at first, and one more after each paint. */
export function useTurns(pieces: number): number {
  const [turn, setTurn] = useState(1);
  // An effect runs when the browser has painted.
  useEffect(() => {
    if (turn < pieces) setTurn(turn + 1);
    else if (turn > pieces) setTurn(Math.max(1, pieces));
  }, [turn, pieces]);
  return turn;
}
