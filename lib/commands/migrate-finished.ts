import type {Finish, NotCarried} from '../model/migrate/incoming.ts';

/** What becomes of a part of a table: made when the rows are there, or told. */
export type Finished = {
  readonly finishes: readonly Finish[];
  readonly notCarried: readonly NotCarried[];
};

export const made = (...finishes: readonly Finish[]): Finished => ({finishes, notCarried: []});
export const told = (...notCarried: readonly NotCarried[]): Finished => ({
  finishes: [],
  notCarried,
});

export const allOf = (parts: readonly Finished[]): Finished => ({
  finishes: parts.flatMap(({finishes}) => finishes),
  notCarried: parts.flatMap(({notCarried}) => notCarried),
});
