/** Standard tools that look into a stream of text without handing it to us. */
import type {Command} from '../model/command.ts';

/** The lines that match an extended regular expression; exit code 1 where none does. https://www.gnu.org/software/grep/manual/ */
export const linesMatching = (pattern: string): Command => ({
  file: 'grep',
  args: ['--text', '--extended-regexp', '--', pattern],
  env: {},
});

/** The beginning of a stream; the rest is not read. */
export const firstBytes = (bytes: number): Command => ({
  file: 'head',
  args: [`--bytes=${bytes}`],
  env: {},
});

/** The end of a stream. */
export const lastBytes = (bytes: number): Command => ({
  file: 'tail',
  args: [`--bytes=${bytes}`],
  env: {},
});

/** A file or a descriptor as it is. */
export const asItIs: Command = {file: 'cat', args: [], env: {}};

/**
 * A plain dump without the line that makes the schema `public`: the first such line, which stands
 * before any row; the same text in a row is left alone.
 */
export const withoutPublicSchema: Command = {
  file: 'sed',
  args: ['0,/^CREATE SCHEMA public;$/{//d}'],
  env: {},
};

/** A file, the input, and another file, one after the other. */
export const between = (before: string, after: string): Command => ({
  file: 'cat',
  args: [before, '-', after],
  env: {},
});

/**
 * The lines of a stretch of the input, but for those whose numbers a file names, one a line. That file must
 * not be empty. https://www.gnu.org/software/gawk/manual/
 */
export const linesBetween = (
  first: number,
  last: number,
  {except}: {readonly except: string},
): Command => ({
  file: 'awk',
  args: [
    'NR == FNR { out[$1]; next } FNR >= first && FNR <= last && !(FNR in out)',
    except,
    `first=${first}`,
    `last=${last}`,
    '-',
  ],
  env: {},
});
