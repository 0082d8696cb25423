/** What a restore's plan says of a dump without a manifest. */
import {basename} from 'node:path';
import {largeObjects} from '../commands/digest.ts';
import {inPlural} from '../model/amounts.ts';
import {displayIdentifier, displayName} from '../model/catalog.ts';
import {largeObjects as counted} from '../model/dump-sections.ts';
import type {Scan, Section} from '../model/plain-scan.ts';
import {foreignReason, type RestorePlan} from '../model/restore-plan.ts';
import type {ForeignDump} from './foreign-dump.ts';
import type {ForeignWork} from './foreign-source.ts';
import type {Look} from './restore-look.ts';

/** The dump in the plan's words. */
export const summaryOf = (
  {path, kind, bytes, changedAt}: ForeignDump,
  {serverVersion}: Scan,
  {database}: Section,
): RestorePlan['set'] => ({
  id: basename(path),
  folder: path,
  database: database ?? 'a database that it does not name',
  reason: foreignReason,
  takenAt: changedAt.toISOString(),
  bytes,
  format: kind,
  serverVersion: serverVersion ?? 'unknown',
  systemIdentifier: null,
  proof: "rows per table are counted, content can't be proven",
});

/** What the operator should know though the restore may go on, a sentence each. */
export const cautionsFor = (
  {section, hasStranger, isTrusted, owner}: ForeignWork,
  {restorer, maintenance}: Look,
): readonly string[] => {
  const uncounted = [...section.rows.values()].filter((rows) => rows === null).length;
  const made = section.extensions.map(({name}) => displayIdentifier(name));
  return [
    hasStranger &&
      `it is loaded by a role made for it, which may do nothing else; then all of it belongs to '${owner}'; grants in it are left out`,
    isTrusted &&
      `its code runs with all rights of '${restorer.role}', as --trust says; owners and grants are kept`,
    hasStranger && made.length > 0 && `extensions made for it: ${made.join(', ')}`,
    uncounted > 0 &&
      `the rows of ${inPlural(uncounted, 'table')} are written as INSERT and not counted: that each of them was taken is all that is known`,
    maintenance.isClientNewer &&
      `the client is ${maintenance.client.version.text}, newer than the server: what it says may not be understood there`,
  ].filter((text) => typeof text === 'string');
};

/** A name as the plan shows those of the server. */
export const shown = (name: string): string =>
  name === counted
    ? displayName(largeObjects)
    : name.replace(/"((?:[^"]|"")*)"/g, (_, inner: string) =>
        displayIdentifier(inner.replaceAll('""', '"')),
      );
