import {type ErrorKind, OpsError} from '../errors.ts';

/** Something that a look at host, environment or plan has found. */
export type Finding = {
  /** A fault ends the deploy before anything is touched; a warning is told. */
  readonly level: 'fault' | 'warning';
  /** Which check found it, in the words of the reference: `placeholder`, `weak secret`, `health check`. */
  readonly rule: string;
  /** Where: `.env.production line 4`, `service 'web'`; never a value, which may be a secret. */
  readonly where: string;
  readonly what: string;
  readonly hint: string;
};

/** All faults as one error; nothing happens where there is none. Errors: of the kind given. */
export const refuseFindings = (findings: readonly Finding[], kind: ErrorKind): void => {
  const faults = findings.filter(({level}) => level === 'fault');
  if (faults.length === 0) return;
  const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`;
  const lines = faults.map(({where, what, hint}) => `- ${where}: ${what} (${hint})`);
  throw new OpsError(kind, `${count}, nothing was touched\n${lines.join('\n')}`, {
    hint: 'correct them, then run again; `pgkeep deploy plan` shows them without deploying',
  });
};
