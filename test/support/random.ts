/** Chance that can be had again: PGKEEP_TEST_SEED. */

/** Printed by the tests that use it. */
export const seed = Number(process.env['PGKEEP_TEST_SEED'] ?? Date.now() % 2 ** 31);

/** Mulberry32: from 0 to 1, the same numbers for the same seed on every machine. */
export const randomFrom = (start: number): Random => {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

export type Random = () => number;

export const pick = <Value>(random: Random, values: readonly Value[]): Value =>
  values[Math.floor(random() * values.length)] as Value;
