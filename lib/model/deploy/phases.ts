/**
 * The phases of a deploy: this table is its whole policy. What is in no mode's column does not run, and
 * nothing before the first phase that changes production changes anything.
 */

export const modes = ['full', 'skip-migration', 'migrate-only'] as const;
export type Mode = (typeof modes)[number];

export type PhaseName =
  | 'lock'
  | 'prerequisites'
  | 'environment'
  | 'plan'
  | 'rehearsal'
  | 'database'
  | 'backup'
  | 'migrations'
  | 'data'
  | 'switch'
  | 'verify'
  | 'finish';

export type Phase = {
  readonly number: number;
  readonly name: PhaseName;
  readonly title: string;
  readonly modes: readonly Mode[];
  /** Whether production may be another after it than before. */
  readonly changes: boolean;
};

const all = modes;

export const phases: readonly Phase[] = [
  {number: 0, name: 'lock', title: 'lock of host and database', modes: all, changes: false},
  {number: 1, name: 'prerequisites', title: 'prerequisites', modes: all, changes: false},
  {number: 2, name: 'environment', title: 'environment file', modes: all, changes: false},
  {number: 3, name: 'plan', title: 'plan', modes: all, changes: false},
  {
    ...{number: 4, name: 'rehearsal', title: 'rehearsal on a restored copy'},
    ...{modes: ['full', 'migrate-only'], changes: false},
  },
  {number: 5, name: 'database', title: 'database up and healthy', modes: all, changes: true},
  {number: 6, name: 'backup', title: 'backup, proven', modes: all, changes: true},
  {
    ...{number: 7, name: 'migrations', title: 'schema migrations'},
    ...{modes: ['full', 'migrate-only'], changes: true},
  },
  {
    ...{number: 8, name: 'data', title: 'data migration from SQLite'},
    ...{modes: ['full', 'migrate-only'], changes: true},
  },
  {
    ...{number: 9, name: 'switch', title: 'services switched'},
    ...{modes: ['full', 'skip-migration'], changes: true},
  },
  {number: 10, name: 'verify', title: 'verification', modes: all, changes: true},
  {number: 11, name: 'finish', title: 'tags and retention', modes: all, changes: true},
];

/** The phases of a mode, in their order. */
export const phasesFor = (mode: Mode): readonly Phase[] =>
  phases.filter((phase) => phase.modes.includes(mode));

/** Errors: none; every name is in the table. */
export const phaseOf = (name: PhaseName): Phase =>
  phases.find((phase) => phase.name === name) as Phase;
