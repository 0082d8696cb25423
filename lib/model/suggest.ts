import leven from 'leven';

/** The known name that was probably meant, or undefined: at most two letters off, or a third of a long name. */
export const suggest = (name: string, known: Iterable<string>): string | undefined => {
  const [best] = [...known]
    .map((candidate) => ({candidate, distance: leven(name.toLowerCase(), candidate.toLowerCase())}))
    .sort((a, b) => a.distance - b.distance);
  if (!best || best.distance > Math.max(2, Math.floor(name.length / 3))) return undefined;
  return best.candidate;
};
