/** How answers and errors leave the program: stdout is the answer, stderr the story. */
import {asOpsError, causesOf, exitCodes, type OpsError} from '../lib/model/errors.ts';
import {printable, type Redact} from '../lib/model/redact.ts';

/** What is known about the telling before the settings are; the run adds to it as it learns. */
export type Desk = {
  readonly isJson: boolean;
  readonly isVerbose: boolean;
  /** Replaced as soon as the secrets are known. */
  redact: Redact;
  /** Set while a verb runs: why it was ended, if it was. */
  signal: AbortSignal | undefined;
  readonly stderr: NodeJS.WriteStream;
  /** Print on stdout, with one line feed at the end; nothing for ''. */
  answer(text: string): void;
};

type DeskOptions = {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly words: readonly string[];
};

/**
 * A reader that went away (`pgkeep list | head -1`) is no error of ours. An answer that could not be
 * written for another reason is told by the exit code; a story that could not be told is lost.
 */
export const openDesk = ({stdout, stderr, words}: DeskOptions): Desk => {
  stderr.on('error', () => {});
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    stderr.write(`error: the answer could not be written: ${error.message}\n`);
    process.once('exit', () => {
      process.exitCode ||= exitCodes.toolFailed.exit;
    });
  });
  const flags = words.includes('--') ? words.slice(0, words.indexOf('--')) : words;
  return {
    isJson: flags.includes('--json'),
    isVerbose: flags.some((word) => word === '--verbose' || /^-[a-z]*v/.test(word)),
    redact: (text) => text,
    signal: undefined,
    stderr,
    answer: (text) => {
      if (text !== '') stdout.write(text.endsWith('\n') ? text : `${text}\n`);
    },
  };
};

/** Print what was thrown, and give the exit code. The one catch of every door ends here. */
export const tellError = (desk: Desk, thrown: unknown): number => {
  const error = whatEnded(desk, thrown);
  // Masked before it is quoted: JSON writes some secrets in another way.
  const said = (text: string) => desk.redact(text);
  if (desk.isJson) {
    desk.answer(JSON.stringify({error: errorDocument(error, said)}, null, 2));
    return error.exit;
  }
  const message = said(error.message);
  const hint = error.hint === undefined ? undefined : said(error.hint);
  const causes = causesOf(error).map(said);
  const lines = [`error: ${message}`, ...(hint === undefined ? [] : [`hint: ${hint}`])];
  lines.push(...causes.map((cause) => `cause: ${cause}`));
  if (desk.isVerbose && error.kind === 'unexpected') lines.push(...stacksOf(error).map(said));
  for (const line of lines) desk.stderr.write(`${printable(line, {keepLines: true})}\n`);
  return error.exit;
};

/** An error as programs read it. */
export const errorDocument = (error: OpsError, redact: Redact) => {
  const {kind: code, exit, message, hint} = error;
  const causes = causesOf(error).map(redact);
  return {
    ...{code, exit, message: redact(message)},
    hint: hint === undefined ? null : redact(hint),
    cause: causes.length > 0 ? causes.join('\n') : null,
  };
};

/**
 * After Ctrl-C or the time-out the tools fail because they were ended: the reason is the news, unless
 * the verb has something graver to say.
 */
const whatEnded = ({signal}: Desk, thrown: unknown): OpsError => {
  const error = asOpsError(thrown);
  if (!signal?.aborted) return error;
  const reason = asOpsError(signal.reason);
  // Of the same kind it is the reason itself, with what became of the work.
  const saysMore = ['putBack', 'undecided', reason.kind].includes(error.kind);
  return saysMore ? error : reason;
};

const stacksOf = (error: Error): readonly string[] => {
  const origin = error.cause instanceof Error ? error.cause : error;
  return origin.stack === undefined ? [] : [origin.stack];
};
