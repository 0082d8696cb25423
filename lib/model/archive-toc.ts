/**
 * The binary head of an archive and, of one in directory format, the names of its files. pg_restore opens
 * whatever names stand there, also `../../etc/passwd`: so they are read before it is let at them.
 * https://github.com/postgres/postgres/blob/REL_18_STABLE/src/bin/pg_dump/pg_backup_archiver.c (ReadHead, ReadToc)
 */

export type ArchiveHeader = {
  /** 14 is written by majors 12 to 15, 15 by 16, 16 by 17 and 18. */
  readonly minor: number;
  readonly format: 'custom' | 'tar' | 'directory' | undefined;
};

const formats = {1: 'custom', 3: 'tar', 5: 'directory'} as const;

/** Undefined where it ends too early or is no archive that any PostgreSQL of ours wrote. */
export const readHeader = (head: Buffer): ArchiveHeader | undefined => {
  if (head.length < 11 || head.subarray(0, 5).toString('latin1') !== 'PGDMP') return undefined;
  const [major = 0, minor = 0] = head.subarray(5, 7);
  const format = formats[head[10] as keyof typeof formats];
  return major === 1 ? {minor, format} : {minor: 255, format};
};

/** The newest archive that the pg_restore of a major reads. */
export const newestReadable = (major: number): number => {
  if (major >= 17) return 16;
  return major === 16 ? 15 : 14;
};

/** An entry of a table of contents: what it makes, and after what. */
export type TocEntry = {
  readonly id: number;
  /** As `pg_restore --list` calls it: `TABLE`, `TABLE DATA`, `FK CONSTRAINT` … */
  readonly kind: string;
  /** The name of a table, for its rows too. */
  readonly tag: string;
  readonly schema: string;
  /** The statement that makes it; empty for rows. */
  readonly definition: string;
  /** 1 is none: grants and comments. */
  readonly section: 1 | 2 | 3 | 4;
  /** Ids of entries; not all of them need to be there. */
  readonly dependsOn: readonly number[];
  /** Where the rows lie in a directory archive; empty for others. */
  readonly file: string;
};

export const preData = 2;
export const data = 3;

/** The file names in the table of contents of a directory archive. Errors: an Error where it can't be followed. */
export const filesInToc = (toc: Buffer): readonly string[] =>
  entriesIn(toc)
    .map(({file}) => file)
    .filter((name) => name !== '');

/**
 * The table of contents at the head of an archive in custom or directory format. Errors: an Error where it
 * can't be followed, EndsEarly where the head is cut off within it.
 */
export const entriesIn = (head: Buffer): readonly TocEntry[] => {
  const header = readHeader(head);
  if (!header || header.minor < 12 || header.minor > 16) throw new Error('an unknown version');
  const {minor} = header;
  const read = reader(head);
  if (minor >= 15) read.skip(1);
  else read.int();
  // The moment of the dump: seven parts.
  for (let part = 0; part < 7; part += 1) read.int();
  // The database, the server's version, pg_dump's.
  for (let part = 0; part < 3; part += 1) read.text();
  const entries: TocEntry[] = [];
  for (let left = read.int(); left > 0; left -= 1) entries.push(entryIn(read, header));
  return entries;
};

const entryIn = (read: Reader, {minor, format}: ArchiveHeader): TocEntry => {
  const id = read.int();
  read.int(); // whether it has rows
  for (let part = 0; part < 2; part += 1) read.text(); // tableoid, oid
  const [tag = '', kind = ''] = [read.text(), read.text()];
  const section = read.int() as TocEntry['section'];
  const definition = read.text() ?? '';
  for (let part = 0; part < 2; part += 1) read.text(); // DROP, COPY
  const schema = read.text() ?? '';
  read.text(); // tablespace
  if (minor >= 14) read.text(); // access method
  if (minor >= 16) read.int(); // kind of relation
  for (let part = 0; part < 2; part += 1) read.text(); // owner, oids
  const dependsOn: number[] = [];
  for (let word = read.text(); word !== undefined; word = read.text()) dependsOn.push(Number(word));
  const entry = {id, kind, tag, schema, definition, section, dependsOn};
  if (format !== 'custom') return {...entry, file: read.text() ?? ''};
  read.offset();
  return {...entry, file: ''};
};

/** More of the archive would help. */
export class EndsEarly extends Error {
  override readonly name = 'EndsEarly';
  constructor() {
    super('it ends too early');
  }
}

type Reader = {
  skip(bytes: number): void;
  int(): number;
  /** Where in the file something is: a flag and as many bytes as the head says. */
  offset(): void;
  text(): string | undefined;
};

const reader = (toc: Buffer): Reader => {
  const intBytes = toc[8] ?? 0;
  if (intBytes !== 4) throw new Error(`integers of ${intBytes} bytes`);
  let at = 11;
  const int = () => {
    if (at + 5 > toc.length) throw new EndsEarly();
    const isNegative = toc.readUInt8(at) !== 0;
    const value = toc.readUInt32LE(at + 1);
    at += 5;
    return isNegative ? -value : value;
  };
  return {
    int,
    skip: (bytes) => {
      at += bytes;
    },
    offset: () => {
      at += 1 + (toc[9] ?? 0);
      if (at > toc.length) throw new EndsEarly();
    },
    text() {
      const length = int();
      if (length < 0) return undefined;
      if (at + length > toc.length) throw new EndsEarly();
      at += length;
      return toc.toString('utf8', at - length, at);
    },
  };
};
