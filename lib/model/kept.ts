/**
 * Databases that restores and undos have put aside, told from those that only say so: a comment goes
 * along when its database is renamed by hand, and whoever may create databases may write one.
 */
import {besideName, type Note, noteIn} from './beside.ts';
import {displayIdentifier} from './catalog.ts';
import type {Fault} from './restore-faults.ts';
import {timeOf} from './set-id.ts';

/** A database of a server, with what stands in its comment. */
export type Commented = {
  readonly oid: number;
  readonly name: string;
  readonly comment: string | null;
  readonly owner: string;
  readonly isOwnerSuperuser: boolean;
};

export type Kept = Omit<Commented, 'comment'> & {readonly note: Note};

/** Those whose name is the one that the run in their comment gave, the newest run first. */
export const keptAmong = (databases: readonly Commented[], role: Note['role']): readonly Kept[] =>
  databases
    .flatMap(({comment, ...database}) => {
      const note = noteIn(comment);
      return note?.role === role && isNamedBy(note, database.name) ? [{...database, note}] : [];
    })
    .sort((a, b) => (a.note.run < b.note.run ? 1 : -1));

const isNamedBy = ({of, role, run}: Note, name: string) =>
  name !== of && name === besideName(of, role, run);

/**
 * The comment that a database had before pgkeep put it aside, of one that was given its name again by hand:
 * what pgkeep wrote went along, and is true no more.
 */
export const ownComment = ({name, comment}: Pick<Commented, 'name' | 'comment'>): string | null => {
  const note = noteIn(comment);
  return note?.of === name ? note.comment : comment;
};

export type UndoSources = {
  readonly now: Date;
  /** What this host's journal says can be taken back, newest first. */
  readonly known: readonly {readonly run: string; readonly oldOid: number | null}[];
};

/** Clocks of hosts differ, and an id is the next free second. */
const patienceMilliseconds = 60_000;

/**
 * Which of those that restores kept of one database an undo gives back: the newest that this host's
 * journal knows, else the newest that is not of the future. And what is to be said of that choice.
 */
export const chooseToUndo = (
  kept: readonly Kept[],
  {now, known}: UndoSources,
): {readonly kept: Kept | undefined; readonly cautions: readonly string[]} => {
  const isFuture = ({note}: Kept) => timeOf(note.run) > now.getTime() + patienceMilliseconds;
  const mine = known
    .map(({run, oldOid}) => kept.find((one) => one.note.run === run && one.oid === oldOid))
    .find((one) => one !== undefined);
  const chosen = mine ?? kept.find((one) => !isFuture(one));
  const cautions = kept
    .filter(({note}) => chosen !== undefined && note.run > chosen.note.run)
    .map((one) =>
      isFuture(one)
        ? `'${one.name}' of '${one.owner}' is passed over: its run is of the future`
        : `'${one.name}' of '${one.owner}' is newer, but no restore that this host made`,
    );
  return {kept: chosen, cautions};
};

/** Why one is trusted with nothing, if it is not. `serving`: the owner of the database that has the name. */
export const ownerFaults = (
  {name, owner, isOwnerSuperuser, note}: Kept,
  serving: string | undefined,
): readonly Fault[] => {
  if (isOwnerSuperuser || owner === serving) return [];
  const other =
    serving === undefined
      ? `there is no '${note.of}' to compare with`
      : `'${note.of}' to '${serving}'`;
  return [
    {
      what: `'${name}' belongs to '${owner}' and ${other}: whoever may create databases could have made it`,
      hint:
        serving === undefined
          ? `if it is what it says, rename it: ALTER DATABASE ${displayIdentifier(name)} RENAME TO ${displayIdentifier(note.of)}`
          : `if it is what it says, as a superuser: ALTER DATABASE ${displayIdentifier(name)} OWNER TO ${displayIdentifier(serving)}; else drop it`,
    },
  ];
};
