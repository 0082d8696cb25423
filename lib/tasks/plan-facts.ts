/** What a restore's plan says of the set, and of what happened before it. */
import {basename} from 'node:path';
import {readJournal} from '../io/journal.ts';
import {readShelf, type StoredSet, shelfFolder} from '../io/store.ts';
import {displayName} from '../model/catalog.ts';
import {standingOf} from '../model/proof.ts';
import type {RestorePlan} from '../model/restore-plan.ts';
import type {Context} from './context.ts';
import {describeSet, inWords} from './describe.ts';
import type {Look} from './restore-look.ts';

/** The rows of a set, by the names that people read. */
export const besideOf = ({tables, startedAt}: StoredSet['manifest']) => ({
  rows: new Map(tables.map((table) => [displayName(table), table.rows])),
  takenAt: startedAt,
});

/** The set in the plan's words. */
export const summaryOf = (set: StoredSet, now: Date): RestorePlan['set'] => {
  const {manifest, folder} = set;
  const summary = describeSet(set, now);
  return {
    id: manifest.id,
    folder,
    database: manifest.database,
    reason: manifest.reason,
    takenAt: manifest.startedAt,
    bytes: summary.bytes,
    format: manifest.format,
    serverVersion: manifest.server.version,
    systemIdentifier: manifest.server.systemIdentifier,
    proof: inWords(summary).proof,
  };
};

/** Ids in use on the shelf of the database that is replaced: its snapshot goes there. */
export const idsTaken = async (
  {settings}: Context,
  database: string,
): Promise<readonly string[]> => {
  const shelf = shelfFolder(settings.backups, database);
  const {sets, unreadable} = await readShelf(shelf);
  const runs = (await readJournal(shelf)).map(({run}) => run);
  return [
    ...sets.map(({manifest}) => manifest.id),
    ...unreadable.map(({folder}) => basename(folder)),
    ...runs,
  ];
};

/** By the newest drill of this set; else by that of another of the same database and format. */
export const expectedSeconds = async (
  {settings}: Context,
  set: StoredSet,
): Promise<number | undefined> => {
  const {sets} = await readShelf(shelfFolder(settings.backups, set.manifest.database));
  const like = sets.filter(({manifest}) => manifest.format === set.manifest.format);
  return [...like, set]
    .map(({proofs}) => standingOf(proofs).drill?.seconds)
    .findLast((seconds) => seconds !== undefined);
};

/** What the operator should know though the restore may go on, a sentence each. */
export const cautionsFor = (
  {manifest, proofs}: StoredSet,
  {target, systemIdentifier, maintenance}: Look,
): readonly string[] => {
  const {isDamaged, proven} = standingOf(proofs);
  const {server} = manifest;
  return [
    manifest.reason === 'before-restore' &&
      'the set is what was there before an earlier restore: is it the one you mean?',
    isDamaged &&
      'the set was found damaged when it was last verified; it is verified again before anything starts',
    proven !== 'restore' &&
      !isDamaged &&
      'no drill of this set was had: it is compared row by row all the same before it serves',
    target &&
      target.encoding !== server.encoding &&
      `the encoding changes from ${target.encoding} to ${server.encoding}`,
    target &&
      target.collation !== server.collation &&
      `the collation changes from ${target.collation} to ${server.collation}`,
    systemIdentifier !== null &&
      server.systemIdentifier !== null &&
      systemIdentifier !== server.systemIdentifier &&
      'the set was taken on another server',
    maintenance.isClientNewer &&
      `pg_restore is ${maintenance.client.version.text}, newer than the server: what it says may not be understood there`,
    manifest.skipped.length > 0 &&
      `the set leaves out: ${manifest.skipped.map(({what}) => what).join(', ')}`,
  ].filter((text) => typeof text === 'string');
};
