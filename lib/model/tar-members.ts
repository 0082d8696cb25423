/** The members of a tar file as pg_dump writes it, judged head by head: from a file, or as it comes out of a decompressor. */

export const tarBlock = 512;

const member = /^(toc\.dat|restore\.sql|\d+\.dat|blobs(_\d+)?\.toc|blob_\d+\.dat)$/;

/** What one head says: the end of the archive, why it is none of pg_dump's, or how many bytes follow it. */
export type Head =
  | 'end'
  | {readonly fault: string}
  | {readonly name: string; readonly bytes: number};

/** `at`: where it stands. `names`: the members before it. */
export const readTarHead = (
  header: Buffer,
  {at, names}: {readonly at: number; readonly names: ReadonlySet<string>},
): Head => {
  if (header.length < tarBlock)
    return {fault: 'it was cut off: the mark at the end of a tar file is missing'};
  if (header.every((byte) => byte === 0)) return 'end';
  const name = header.toString('latin1', 0, 100).replace(/\0.*$/s, '');
  if (!isSummed(header)) return {fault: `the head at byte ${at} is damaged`};
  if (!member.test(name) || names.has(name)) return {fault: `it has a member '${name}'`};
  if (!['0', '\0'].includes(String.fromCharCode(header[156] ?? 0)))
    return {fault: `'${name}' in it is no ordinary file`};
  const bytes = Math.ceil(sizeIn(header) / tarBlock) * tarBlock;
  return Number.isSafeInteger(bytes) && bytes >= 0 ? {name, bytes} : {fault: cutIn(name)};
};

export const cutIn = (name: string): string => `it was cut off in the middle of '${name}'`;

/** Fed piece by piece; `fault` is what is known so far, `end()` the judgement of all of it. */
export const createTarWalk = () => {
  const names = new Set<string>();
  let header = Buffer.alloc(0);
  let skip = 0;
  let at = 0;
  let name = '';
  let isOver = false;
  let fault: string | undefined;
  const take = (): void => {
    const head = readTarHead(header, {at, names});
    header = Buffer.alloc(0);
    at += tarBlock;
    if (head === 'end') isOver = true;
    else if ('fault' in head) fault = head.fault;
    else {
      ({name, bytes: skip} = head);
      names.add(name);
    }
  };
  return {
    push(chunk: Buffer): void {
      for (let rest = chunk; rest.length > 0 && !isOver && fault === undefined; ) {
        const isRow = skip > 0;
        const part = rest.subarray(0, isRow ? skip : tarBlock - header.length);
        rest = rest.subarray(part.length);
        if (isRow) {
          skip -= part.length;
          at += part.length;
        } else header = Buffer.concat([header, part]);
        if (header.length === tarBlock) take();
      }
    },
    fault: () => fault,
    end(): string | undefined {
      if (fault !== undefined || isOver) return fault;
      if (skip > 0) return cutIn(name);
      return 'it was cut off: the mark at the end of a tar file is missing';
    },
  };
};

/** POSIX: octal digits, or base 256. https://www.gnu.org/software/tar/manual/html_node/Standard.html */
const sizeIn = (header: Buffer): number =>
  (header[124] ?? 0) & 0x80
    ? Number(header.readBigUInt64BE(128))
    : Number.parseInt(header.toString('latin1', 124, 136).replace(/\0.*$/s, '').trim() || 'x', 8);

const isSummed = (header: Buffer): boolean => {
  let sum = 8 * 0x20;
  for (const [at, byte] of header.entries()) if (at < 148 || at >= 156) sum += byte;
  return Number.parseInt(header.toString('latin1', 148, 156), 8) === sum;
};
