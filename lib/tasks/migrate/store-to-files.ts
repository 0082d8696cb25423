/** A store into files: what `--backend filesystem` is. */
import {dirname, join} from 'node:path';
import {removeFile} from '../../io/descriptor.ts';
import {
  presentAmong,
  type StorePaths,
  type WrittenFile,
  writeStore,
} from '../../io/sources/store-files.ts';
import {OpsError} from '../../model/errors.ts';
import {storeName} from '../../model/migrate/store-row.ts';
import {idFor} from '../../model/set-id.ts';
import type {Context} from '../context.ts';
import {inPhase} from '../in-phase.ts';
import {openStore, type StoreOrigin} from './store-source.ts';

export type StoreFiles = {
  readonly source: string;
  /** What was read, in a sentence. */
  readonly told: string;
  /** Those that were written, or in a dry run would be. */
  readonly files: readonly WrittenFile[];
  /** What is there now, and is put aside as `<file>.before-<run>`. */
  readonly replaced: readonly string[];
  readonly notCarried: readonly {readonly what: string; readonly why: string}[];
  readonly copy: string;
};

export type FilesRequest = {
  readonly origin: StoreOrigin;
  readonly settingsPath: string;
  readonly statePath: string;
  readonly isStrict: boolean;
  readonly mayReplace: boolean;
  readonly isDryRun: boolean;
};

/** Errors: usage where files are there that may not be replaced; as `openStore`; notIntact, toolFailed. */
export const storeToFiles = async (
  context: Context,
  request: FilesRequest,
): Promise<StoreFiles> => {
  const {origin, settingsPath, statePath, isStrict, mayReplace, isDryRun} = request;
  const lines = join(dirname(settingsPath), `${storeName}.jsonl`);
  const paths: StorePaths = {settings: settingsPath, state: statePath, lines};
  const replaced = await presentAmong(paths);
  if (replaced.length > 0 && !mayReplace && !isDryRun)
    throw new OpsError('usage', `there is already: ${replaced.join(', ')}; nothing was touched`, {
      hint: '--force-recreate puts them aside beside the new ones',
    });
  const run = idFor(context.now);
  const source = await openStore(context, origin, {run, isStrict, isComparing: false, map: {}});
  const {label, told, notCarried, copy, tables} = source;
  const columns = tables[0]?.columns.map(({name}) => name) ?? [];
  const found = {source: label, told, replaced, notCarried, copy};
  try {
    if (isDryRun) return {...found, files: []};
    const files = await inPhase(context, 'writing the files', () =>
      writeStore(copy, {paths, columns, run}),
    );
    return {...found, files};
  } finally {
    if (isDryRun) await removeFile(copy);
  }
};
