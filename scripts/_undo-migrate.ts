/** How an undo of a migrate is shown. */
import {printable} from '../lib/model/redact.ts';
import type {MigrateUndoPlan} from '../lib/tasks/migrate/undo-migrate.ts';

/** The plan as its operator reads it. */
export const migrateUndoText = (plan: MigrateUndoPlan): string => {
  const {note, database, aside, goes, comesBack} = plan;
  const told = ({kind, name, rows}: MigrateUndoPlan['goes'][number]) =>
    `${kind} '${name}'${rows === undefined ? '' : ` with ${rows === 1 ? '1 row' : `${rows} rows`}`}`;
  return [
    `undo       the migrate ${note.run} into the schema '${note.target}' of '${database}'`,
    `goes       ${goes.map(told).join(', ') || 'nothing'}; kept in the schema '${aside}'`,
    `comes back ${comesBack.map(told).join(', ') || 'nothing: there was nothing of those names'}`,
  ]
    .map((line) => printable(line))
    .join('\n');
};

export const migrateUndone = ({note, aside}: MigrateUndoPlan): string =>
  `the schema '${printable(note.target)}' is again what it was before the migrate ${note.run}; what that had brought is kept in the schema '${aside}'`;
