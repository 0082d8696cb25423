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

/** The file names in the table of contents of a directory archive. Errors: an Error where it can't be followed. */
export const filesInToc = (toc: Buffer): readonly string[] => {
  const header = readHeader(toc);
  if (!header || header.minor < 12 || header.minor > 16) throw new Error('an unknown version');
  const {minor} = header;
  const read = reader(toc);
  if (minor >= 15) read.skip(1);
  else read.int();
  // The moment of the dump: seven parts.
  for (let part = 0; part < 7; part += 1) read.int();
  // The database, the server's version, pg_dump's.
  for (let part = 0; part < 3; part += 1) read.text();
  const names: string[] = [];
  for (let entries = read.int(); entries > 0; entries -= 1) names.push(fileOfEntry(read, minor));
  return names.filter((name) => name !== '');
};

const fileOfEntry = (read: Reader, minor: number): string => {
  read.int(); // its id
  read.int(); // whether it has rows
  // tableoid, oid, tag, kind
  for (let part = 0; part < 4; part += 1) read.text();
  read.int(); // its section
  // definition, DROP, COPY, schema, tablespace
  for (let part = 0; part < 5; part += 1) read.text();
  if (minor >= 14) read.text(); // access method
  if (minor >= 16) read.int(); // kind of relation
  // owner, oids
  for (let part = 0; part < 2; part += 1) read.text();
  while (read.text() !== undefined); // what it depends on
  return read.text() ?? '';
};

type Reader = {skip(bytes: number): void; int(): number; text(): string | undefined};

const reader = (toc: Buffer): Reader => {
  const intBytes = toc[8] ?? 0;
  if (intBytes !== 4) throw new Error(`integers of ${intBytes} bytes`);
  let at = 11;
  const int = () => {
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
    text() {
      const length = int();
      if (length < 0) return undefined;
      if (at + length > toc.length) throw new Error('it ends too early');
      at += length;
      return toc.toString('utf8', at - length, at);
    },
  };
};
