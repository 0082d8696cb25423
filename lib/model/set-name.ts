import {type Compression, suffixOf} from './compression.ts';
import type {Manifest} from './manifest.ts';

/** Folder names that pgkeep gives another meaning beside databases. */
const reserved = new Set(['sqlite']);

/** Whether a database's name can be the name of its folder on any file system. */
export const isSafeFolder = (database: string): boolean =>
  /^[a-z0-9_][a-z0-9_.-]{0,62}$/.test(database) && !reserved.has(database);

/** The readable part of the folder's name of a database whose own name is no safe one. */
export const slugOf = (database: string): string =>
  database
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40) || 'database';

/** The file or folder of a set that holds the rows. */
export const dumpName = (format: Manifest['format'], kind: Compression['kind']): string =>
  ({
    custom: `database.dump${suffixOf(kind)}`,
    directory: 'database',
    plain: `database.sql${suffixOf(kind)}`,
  })[format];
