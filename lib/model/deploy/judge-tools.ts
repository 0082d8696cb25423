/** Whether the PostgreSQL programs that PGKEEP_TOOLS names can dump the database. */
import {printable} from '../redact.ts';
import type {ToolPlace} from '../setting-kinds.ts';
import {suggest} from '../suggest.ts';
import type {Finding} from './finding.ts';

export type ToolFacts = {
  readonly tools: ToolPlace;
  /** Majors of the clients of this host. */
  readonly local: readonly number[];
  /** Of the database's server; undefined where that is not known yet. */
  readonly server: number | undefined;
  readonly services: readonly string[];
  /** Whether the image of `image:NAME` is on this host. */
  readonly isImageHere: boolean;
};

/** By itself (`auto`) pgkeep finds the service's own, which fit. */
export const judgeTools = ({
  tools,
  local,
  server,
  services,
  isImageHere,
}: ToolFacts): readonly Finding[] => {
  const fault = (what: string, hint: string): readonly Finding[] => [
    {level: 'fault', rule: 'client', where: 'PGKEEP_TOOLS', what, hint},
  ];
  if (tools.kind === 'image' && !isImageHere)
    return fault(
      `the image '${printable(tools.image)}' is not on this host`,
      `pgkeep pulls no image for its tools: docker pull ${printable(tools.image)}`,
    );
  if (tools.kind === 'compose' && !services.includes(tools.service)) {
    const meant = suggest(tools.service, services);
    return fault(
      `the project has no service '${printable(tools.service)}'`,
      meant ? `did you mean ${printable(meant)}?` : "leave it out: the database's own is found",
    );
  }
  const newest = Math.max(0, ...local);
  if (tools.kind !== 'local' || newest >= (server ?? 1)) return [];
  return fault(
    newest === 0
      ? 'this host has no pg_dump, pg_restore and psql'
      : `the newest client of this host is of PostgreSQL ${newest}, the server of ${server}: an older pg_dump can't dump it`,
    `install the client${server === undefined ? '' : ` of major ${server}`}, or leave PGKEEP_TOOLS out: the service's own are used then`,
  );
};
