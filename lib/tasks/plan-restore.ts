/** Decides a restore: looks at everything, touches nothing. */
import {basename} from 'node:path';
import {readJournal} from '../io/journal.ts';
import {processors} from '../io/processors.ts';
import {readShelf, type StoredSet, shelfFolder} from '../io/store.ts';
import {besideName} from '../model/beside.ts';
import {displayName} from '../model/catalog.ts';
import {shellWord} from '../model/command.ts';
import {type Connection, toDatabase} from '../model/connection.ts';
import {standingOf} from '../model/proof.ts';
import {missingRoles, restoreFaults} from '../model/restore-faults.ts';
import type {RestorePlan} from '../model/restore-plan.ts';
import {idFor} from '../model/set-id.ts';
import type {Context} from './context.ts';
import {describeSet, inWords} from './describe.ts';
import {presentRows} from './present-rows.ts';
import {type Look, lookAtTarget, subjectOf} from './restore-look.ts';

export type RestoreRequest = {
  readonly set: StoredSet;
  /** The name to restore into; the set's own when absent. */
  readonly into: string | undefined;
  /** Workers; what this host has when absent. */
  readonly jobs: number | undefined;
};

export type Planned = {readonly plan: RestorePlan; readonly look: Look};

/** The server's pages, its indexes built anew, and the log of it all. */
const roomForBuild = 1.3;

/** Errors: unavailable (server, login); usage for a database that is never replaced. Faults of the plan are in it. */
export const planRestore = async (
  context: Context,
  connection: Connection,
  {set, into, jobs}: RestoreRequest,
): Promise<Planned> => {
  const {manifest} = set;
  const database = into ?? manifest.database;
  const look = await lookAtTarget(context, connection, database);
  const subject = await subjectOf(context, set);
  const neededBytes = Math.ceil(subject.bytes * roomForBuild);
  const {maintenance, target} = look;
  const place = {connection: toDatabase(connection, database), client: maintenance.client};
  const isReadable = target?.allowsConnections === true;
  const run = idFor(context.now, await idsTaken(context, database));
  const plan: RestorePlan = {
    run,
    database,
    set: summaryOf(set, context.now),
    server: {
      address: maintenance.facts.address,
      port: maintenance.facts.port,
      version: maintenance.version.text,
      role: look.restorer.role,
      systemIdentifier: look.systemIdentifier,
    },
    target,
    tables: isReadable ? await presentRows(context, place, besideOf(manifest)) : [],
    clients: look.clients,
    rolesToMake: missingRoles(subject, look),
    freeBytes: look.freeBytes,
    neededBytes,
    jobs: jobs ?? processors({most: 4}),
    expectedSeconds: await expectedSeconds(context, set),
    incoming: besideName(database, 'incoming', run),
    before: besideName(database, 'before', run),
    undo: `pgkeep undo --database ${shellWord(database)}`,
    cautions: cautionsFor(set, look),
    faults: restoreFaults({...subject, bytes: neededBytes}, look),
  };
  return {plan, look};
};

const besideOf = ({tables, startedAt}: StoredSet['manifest']) => ({
  rows: new Map(tables.map((table) => [displayName(table), table.rows])),
  takenAt: startedAt,
});

const summaryOf = (set: StoredSet, now: Date): RestorePlan['set'] => {
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
const idsTaken = async ({settings}: Context, database: string): Promise<readonly string[]> => {
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
const expectedSeconds = async (
  {settings}: Context,
  set: StoredSet,
): Promise<number | undefined> => {
  const {sets} = await readShelf(shelfFolder(settings.backups, set.manifest.database));
  const like = sets.filter(({manifest}) => manifest.format === set.manifest.format);
  return [...like, set]
    .map(({proofs}) => standingOf(proofs).drill?.seconds)
    .findLast((seconds) => seconds !== undefined);
};

const cautionsFor = (
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
