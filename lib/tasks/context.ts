import type {Shell} from '../io/shell.ts';
import type {Toolbox} from '../io/toolbox.ts';
import type {Redact} from '../model/redact.ts';
import type {Reporter} from '../model/report.ts';
import type {Settings} from '../model/settings.ts';

/** What every verb is handed. Time comes in here once: no verb asks the clock what day it is. */
export type Context = {
  readonly now: Date;
  readonly settings: Settings;
  /** The operator's, for what his compose file asks of it by name; no other use. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly shell: Shell;
  /** PostgreSQL's programs, wherever they run. */
  readonly tools: Toolbox;
  readonly reporter: Reporter;
  /** Aborted by Ctrl-C, SIGTERM, SIGHUP and the total time-out; its reason is an OpsError. */
  readonly signal: AbortSignal;
  readonly redact: Redact;
};
