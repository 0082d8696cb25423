/** The last rule of retention: what all sets of a database may take together. */
import {inBytes} from './amounts.ts';
import type {Decision, Judged} from './retention.ts';

/** Takes the oldest kept sets away, but for protected ones, until the rest fits. */
export const fitInto = (
  judged: readonly Judged[],
  maxTotalBytes: number | undefined,
): {readonly decisions: readonly Decision[]; readonly notes: readonly string[]} => {
  const kept = judged.filter(({isKept}) => isKept);
  const total = sumOf(kept);
  if (maxTotalBytes === undefined || total <= maxTotalBytes)
    return {decisions: judged.map(decisionOf), notes: []};
  const limit = inBytes(maxTotalBytes);
  const goes = new Set<string>();
  let left = total;
  for (const {id, bytes} of kept.filter(({isProtected}) => !isProtected)) {
    if (left <= maxTotalBytes) break;
    goes.add(id);
    left -= bytes;
  }
  const why = `the oldest of what takes ${inBytes(total)}, ${limit} are allowed`;
  const decisions = judged.map((set) =>
    goes.has(set.id) ? {id: set.id, isKept: false, reasons: [why]} : decisionOf(set),
  );
  const notes =
    left > maxTotalBytes
      ? [`the sets that may not go take ${inBytes(left)}: more than the ${limit} that are allowed`]
      : [];
  return {decisions, notes};
};

const sumOf = (sets: readonly Judged[]) => sets.reduce((sum, {bytes}) => sum + bytes, 0);

const decisionOf = ({id, isKept, reasons}: Judged): Decision => ({id, isKept, reasons});
