/** What a restore would do, decided before anything is touched. */
import type {Client, DatabaseTraits} from './database-facts.ts';
import type {Pick} from './picked.ts';
import type {Fault} from './restore-faults.ts';

export type Newer = {readonly rows: number; readonly newest: string; readonly column: string};

export type TablePlan = {
  readonly name: string;
  /** Rows there now: null where they can't be counted, undefined where the table is not there. */
  readonly now: number | null | undefined;
  /** Rows in the set: null where it does not say, undefined where the table is not in it. */
  readonly set: number | null | undefined;
  /** Rows later than the set, by a column that holds a time. */
  readonly newer?: Newer | undefined;
};

export type RestorePlan = {
  /** The id of this run; parts of the names beside. */
  readonly run: string;
  readonly database: string;
  readonly set: {
    readonly id: string;
    readonly folder: string;
    readonly database: string;
    readonly reason: string;
    readonly takenAt: string;
    readonly bytes: number;
    readonly format: string;
    readonly serverVersion: string;
    readonly systemIdentifier: string | null;
    readonly proof: string;
  };
  readonly server: {
    readonly address: string;
    readonly port: number;
    readonly version: string;
    readonly role: string;
    readonly systemIdentifier: string | null;
  };
  /** Undefined: all of it. */
  readonly pick: Pick | undefined;
  readonly target: DatabaseTraits | undefined;
  readonly tables: readonly TablePlan[];
  readonly clients: readonly Client[];
  readonly rolesToMake: readonly string[];
  readonly freeBytes: number | undefined;
  readonly neededBytes: number;
  readonly jobs: number;
  /** By the last drill of this set or of another like it. */
  readonly expectedSeconds: number | undefined;
  readonly incoming: string;
  readonly before: string;
  readonly undo: string;
  readonly cautions: readonly string[];
  readonly faults: readonly Fault[];
};

/** Why a dump is there that pgkeep did not take. */
export const foreignReason = 'a dump without a manifest';

export const isForeign = ({set}: RestorePlan): boolean => set.reason === foreignReason;
