import {readdirSync, readFileSync} from 'node:fs';

export type Program = {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  readonly words: string;
};

/** Every process of this host, by its name and command line. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
export const programs = (): readonly Program[] =>
  readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      try {
        const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
        const end = stat.lastIndexOf(')');
        const [, parent = '0'] = stat.slice(end + 2).split(' ');
        const words = readFileSync(`/proc/${entry}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return [
          {
            pid: Number(entry),
            parent: Number(parent),
            name: stat.slice(stat.indexOf('(') + 1, end),
            words,
          },
        ];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    });
