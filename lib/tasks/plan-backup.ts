/** What a backup would do: looked at and told, nothing touched. */
import {readShelf, shelfFolder} from '../io/store.ts';
import {findCompressors} from '../io/tools.ts';
import type {Connection} from '../model/connection.ts';
import {assertAllowed, type BackupRequest} from './backup.ts';
import {reach} from './connect.ts';
import type {Context} from './context.ts';
import {compressorFor} from './dump.ts';
import {type Pruned, planPrune} from './prune.ts';
import {type Room, roomFor} from './space.ts';

export type BackupPlan = {
  readonly database: string;
  readonly server: {readonly address: string; readonly port: number; readonly version: string};
  readonly client: {readonly version: string};
  readonly format: BackupRequest['format'];
  /** The program that compresses; `pg_dump` itself in directory format, `none` for none. */
  readonly compressor: string;
  readonly verify: BackupRequest['verify'];
  readonly shelf: string;
  readonly space: Room;
  /** As the sets are now, without the one to come. */
  readonly retention: Pick<Pruned, 'decisions' | 'objections'>;
};

/** Errors: unavailable for server, login, client and compressor; usage for what is never backed up. */
export const planBackup = async (
  context: Context,
  connection: Connection,
  request: BackupRequest,
): Promise<BackupPlan> => {
  const server = await reach(context, connection);
  const {facts, version, client} = server;
  assertAllowed(facts.database);
  const {backups} = context.settings;
  const shelf = shelfFolder(backups, facts.database);
  const {sets} = await readShelf(shelf);
  const compressor = compressorFor(request.compression, findCompressors(context.shell));
  const {decisions, objections} = await planPrune(context, shelf, {allowLarge: false});
  return {
    database: facts.database,
    server: {address: facts.address, port: facts.port, version: version.text},
    client: {version: client.version.text},
    format: request.format,
    compressor: request.format === 'directory' ? 'pg_dump' : (compressor?.program ?? 'none'),
    verify: request.verify,
    shelf,
    space: await roomFor(shelf, {sets, server, request}),
    retention: {decisions, objections},
  };
};
