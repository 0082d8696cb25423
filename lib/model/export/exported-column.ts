/** A column of PostgreSQL on its way into SQLite: how its values are said there. */
import type {Form} from '../migrate/choose-type.ts';
import type {Affinity} from '../migrate/declared-type.ts';
import type {KeptClass} from '../migrate/kept-class.ts';

/** As migrate wrote it, or, where nothing is known of it, by its type. */
export type Wording =
  | Form
  | 'single'
  | 'numeric text'
  | 'moment'
  | 'moment with zone'
  | 'other text'
  | 'as json';

export type ExportedColumn = {
  /** In PostgreSQL. */
  readonly name: string;
  /** In SQLite. */
  readonly source: string;
  /** As `format_type` says it, without limits. */
  readonly type: string;
  readonly declared: string;
  readonly affinity: Affinity;
  readonly wording: Wording;
  readonly textForm: string | undefined;
  readonly kept: KeptClass;
  readonly classColumn: string | undefined;
  /** SQLite computes it: compared, not written. */
  readonly isGenerated: boolean;
};

/** Texts of such a column are bytes in PostgreSQL: they hold a NUL, or are no UTF-8. */
export const isBytes = ({wording}: Pick<ExportedColumn, 'wording'>): boolean =>
  wording === 'bytes of anything';
