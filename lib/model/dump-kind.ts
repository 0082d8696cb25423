/** What a file is by its first bytes, never by its name. */
import {type ArchiveHeader, readHeader} from './archive-toc.ts';

export type DumpKind =
  | {readonly kind: 'archive'; readonly header: ArchiveHeader}
  | {readonly kind: 'tar'}
  | {readonly kind: 'plain'; readonly isCluster: boolean}
  /** Compressed: what is inside is told by its own first bytes. */
  | {readonly kind: 'gzip' | 'zstd'}
  | {readonly kind: 'unknown'; readonly why: string};

/** How much of the beginning is enough: `pg_dump` puts its heading there, a long comment cannot move it far. */
export const sniffedBytes = 4_096;

/** `pg_dump` writes a heading as comments, then settings; `pg_dumpall` one of its own. */
export const sniff = (head: Buffer): DumpKind => {
  if (head.length === 0) return {kind: 'unknown', why: 'the file is empty'};
  const startsWith = (...bytes: readonly number[]) => bytes.every((byte, at) => head[at] === byte);
  if (startsWith(0x1f, 0x8b)) return {kind: 'gzip'};
  if (startsWith(0x28, 0xb5, 0x2f, 0xfd)) return {kind: 'zstd'};
  if (head.subarray(0, 5).toString('latin1') === 'PGDMP') return archive(head);
  if (head.subarray(257, 262).toString('latin1') === 'ustar') return tar(head);
  if (head.includes(0)) return {kind: 'unknown', why: 'it is neither an archive nor text'};
  return plain(head.toString('latin1'));
};

const archive = (head: Buffer): DumpKind => {
  const header = readHeader(head);
  return header
    ? {kind: 'archive', header}
    : {kind: 'unknown', why: 'it begins as an archive of pg_dump and ends right there'};
};

const tar = (head: Buffer): DumpKind => {
  const first = head.subarray(0, 100).toString('latin1').replace(/\0.*$/s, '');
  return first === 'toc.dat'
    ? {kind: 'tar'}
    : {kind: 'unknown', why: 'it is a tar file, but not one that pg_dump made'};
};

const plain = (text: string): DumpKind => {
  if (/^--\s*\n-- PostgreSQL database cluster dump\s*$/m.test(text))
    return {kind: 'plain', isCluster: true};
  if (/^-- PostgreSQL database dump\s*$/m.test(text)) return {kind: 'plain', isCluster: false};
  return {kind: 'unknown', why: 'it does not begin as pg_dump or pg_dumpall begin a dump'};
};
