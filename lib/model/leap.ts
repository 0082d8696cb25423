/** Clocks that jumped: a good set dated more than a year after the one before it. */
import {type Judged, sinceBaseline} from './measures.ts';
import {timeOf} from './set-id.ts';

const leapDays = 366;
const day = 86_400_000;

export type Leap = {
  /** The set behind the leap. */
  readonly id: string;
  readonly text: string;
};

/** Every leap since the baseline: it stands until the operator has accepted it, however many sets follow. */
export const leapsAmong = (judged: Judged): readonly Leap[] => {
  const since = sinceBaseline(judged).map(({id}) => id);
  const ids = judged.baseline ? [judged.baseline.id, ...since] : since;
  return ids.slice(1).flatMap((id, index) => {
    const days = Math.floor((timeOf(id) - timeOf(ids[index] ?? id)) / day);
    const which = id === ids.at(-1) ? 'the newest good set' : `the good set ${id}`;
    const text = `${which} is dated ${days} days after the one before it: did the clock jump?`;
    return days > leapDays ? [{id, text}] : [];
  });
};
