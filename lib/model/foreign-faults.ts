import {displayIdentifier} from './catalog.ts';
import type {Section} from './plain-scan.ts';
import type {Fault, RestoreFacts} from './restore-faults.ts';
import {list} from './restore-role-faults.ts';
import {advisoriesFor, type Version} from './version.ts';

export type ForeignSubject = {
  readonly kind: 'plain' | 'archive' | 'tar' | 'directory';
  readonly client: Version;
  /** The container that it runs in; undefined: this host. */
  readonly where: string | undefined;
  readonly section: Pick<Section, 'owners'>;
  readonly isTrusted: boolean;
  readonly owner: string;
};

/** What would keep a stranger's dump from being loaded, or would make it dangerous. */
export const foreignFaults = (
  {kind, client, where, section, isTrusted, owner}: ForeignSubject,
  {restorer}: Pick<RestoreFacts, 'restorer'>,
): readonly Fault[] => {
  const known = new Map(restorer.roles.map((role) => [role.name, role]));
  const missing = isTrusted ? section.owners.filter((name) => !known.has(name)) : [];
  const advisories = kind === 'plain' ? advisoriesFor(client) : [];
  return [
    ...advisories.map(({name, what}) => ({
      what: `psql ${client.text} has ${name}: ${what}`,
      hint:
        where === undefined
          ? 'install the newest minor of the client (Debian: apt-get install --only-upgrade postgresql-client-MAJOR)'
          : `use an image with the newest minor (it runs in ${where}), or this host's client: PGKEEP_TOOLS=local`,
    })),
    ...(missing.length === 0
      ? []
      : [
          {
            what: `the dump names roles that the server lacks: ${list(missing)}`,
            hint: `as a superuser: ${missing.map((name) => `CREATE ROLE ${displayIdentifier(name)}`).join('; ')}; or load it without --trust`,
          },
        ]),
    ...(isTrusted || known.has(owner)
      ? []
      : [{what: `the server has no role '${owner}'`, hint: 'name another with --owner'}]),
    ...(isTrusted || !known.get(owner)?.isSuperuser
      ? []
      : [
          {
            what: `all of it would belong to '${owner}', a superuser, and its code would run with all rights`,
            hint: 'name another role with --owner; a dump that you trust loads with --trust',
          },
        ]),
  ];
};
