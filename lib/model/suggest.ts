import leven from 'leven';

/**
 * The known name that was probably meant, or undefined: at most two letters off, or a third of a
 * long name; or the beginning of one, one letter off (`--retantion` for `--retention-days`).
 */
export const suggest = (name: string, known: Iterable<string>): string | undefined => {
  const [best] = [...known]
    .map((candidate) => ({
      candidate,
      distance: distanceOf(name.toLowerCase(), candidate.toLowerCase()),
    }))
    .sort((a, b) => a.distance - b.distance);
  if (!best || best.distance > Math.max(2, Math.floor(name.length / 3))) return undefined;
  return best.candidate;
};

const distanceOf = (name: string, candidate: string): number =>
  name.length < 4
    ? leven(name, candidate)
    : Math.min(leven(name, candidate), leven(name, candidate.slice(0, name.length)) + 1);
