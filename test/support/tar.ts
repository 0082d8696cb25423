/** Tar files that no tar program would write. https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html */

export type RawMember = {
  readonly path: string;
  /** The typeflag: `0` file, `1` hard link, `2` symbolic link, `3` device, `5` folder, `6` FIFO, `x` extended header. */
  readonly type?: string;
  readonly body?: Buffer | string;
  readonly link?: string;
  readonly mode?: number;
  /** The twelve bytes of the size as they are to stand there. */
  readonly size?: Buffer;
};

/** The bytes of a tar file with these members, and its end. */
export const tarOf = (members: readonly RawMember[]): Buffer =>
  Buffer.concat([...members.flatMap(blocksOf), Buffer.alloc(1_024)]);

const blocksOf = ({path, type = '0', body = '', link = '', mode = 0o600, size}: RawMember) => {
  const content = Buffer.from(body);
  const header = Buffer.alloc(512);
  const octal = (value: number, length: number) =>
    `${value.toString(8).padStart(length - 1, '0')}\0`;
  header.write(path, 0, 100);
  header.write(octal(mode, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(content.length, 12), 124);
  size?.copy(header, 124);
  header.write(octal(0, 12), 136);
  header.write('        ', 148);
  header.write(type, 156);
  header.write(link, 157, 100);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
};

/** An extended header that gives the next member another path, or whatever its records say. */
export const pax = (records: Readonly<Record<string, string>>): RawMember => ({
  path: 'PaxHeader/x',
  type: 'x',
  body: Object.entries(records)
    .map(([key, value]) => record(key, value))
    .join(''),
});

/** `<length> <key>=<value>\n`, the length counting itself. */
const record = (key: string, value: string): string => {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  const length = bytes + String(bytes + String(bytes).length).length;
  return `${length}${rest}`;
};
