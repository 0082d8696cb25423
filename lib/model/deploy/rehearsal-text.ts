/** A rehearsal as people read it, and what of it is worth a second thought. */
import {inBytes, inCount, inPlural, inTime} from '../amounts.ts';
import type {DeploySettings} from '../deploy-settings.ts';
import {printable} from '../redact.ts';
import type {Finding} from './finding.ts';
import type {Rehearsal, RehearsedLock, RehearsedTable} from './rehearsal.ts';

const seconds = (milliseconds: number): string =>
  milliseconds < 1_000 ? `${Math.round(milliseconds)} ms` : inTime(milliseconds / 1_000);

/** Line by line; tables of statements are left to `rehearsedStatements`. */
export const rehearsalText = (rehearsal: Rehearsal): readonly string[] =>
  linesOf(rehearsal).map((line) => printable(line));

const linesOf = (rehearsal: Rehearsal): readonly string[] => [
  `rehearsal  the set ${rehearsal.set}, restored in ${inTime(rehearsal.parts.restore)} (${inBytes(rehearsal.bytesBefore)}); ${inTime(rehearsal.seconds)} in all`,
  `revision   ${revisionText(rehearsal)}`,
  `migration  ${migrationText(rehearsal)}`,
  ...rehearsal.rewrites.map(
    ({table, by, bytes}) => `rewrite    ${table} (${inBytes(bytes)}) is written anew by: ${by}`,
  ),
  ...rehearsal.locks.map((lock) => `lock       ${lockText(lock)}`),
  ...rehearsal.dropped.map((what) => `gone       ${what}`),
  ...rehearsal.tables.map((table) => `rows       ${rowsText(table)}`),
  ...sizeText(rehearsal),
  ...rehearsal.services.map(
    ({service, before, after, next}) =>
      `service    ${service}: ${[
        ...(before === null ? [] : [`now ${before}`]),
        ...(after === null ? [] : [`after the migration ${after}`]),
        ...(next === null ? [] : [`new version ${next}`]),
      ].join('; ')}`,
  ),
  `going back by image alone: ${rehearsal.verdict}: ${rehearsal.why}`,
  ...rehearsal.log.map((line) => `           | ${line}`),
  ...rehearsal.notes.map((note) => `note       ${note}`),
];

const revisionText = ({revisionBefore, revisionAfter}: Rehearsal): string =>
  revisionBefore === revisionAfter
    ? `${revisionBefore ?? 'none'}, not changed`
    : `${revisionBefore ?? 'none'} -> ${revisionAfter ?? 'none'}`;

const migrationText = (rehearsal: Rehearsal): string => {
  const {isAltered, migrateSeconds, statementCount} = rehearsal;
  if (!isAltered) return `changes nothing (${inPlural(statementCount, 'statement')})`;
  const measured = `${inTime(migrateSeconds)} on the copy, ${inPlural(statementCount, 'statement')}`;
  const estimate = estimatedSeconds(rehearsal);
  const more =
    estimate === undefined ? '' : `; about ${inTime(estimate)} in production by its size`;
  return `${measured}${more}; nothing else ran on the copy, so waiting for locks and for a busy disk comes on top`;
};

/** By the size alone; undefined where it is not known, or what was measured says it as well. */
export const estimatedSeconds = ({
  migrateSeconds,
  bytesBefore,
  bytesInProduction,
}: Pick<Rehearsal, 'migrateSeconds' | 'bytesBefore' | 'bytesInProduction'>): number | undefined => {
  if (bytesInProduction === null || bytesBefore === 0) return undefined;
  const ratio = bytesInProduction / bytesBefore;
  return ratio > 1.2 && migrateSeconds * (ratio - 1) >= 1 ? migrateSeconds * ratio : undefined;
};

const stopped: Readonly<Record<string, string>> = {
  AccessExclusiveLock: 'nobody reads or writes it',
  ExclusiveLock: 'nobody writes it',
  ShareRowExclusiveLock: 'nobody writes it',
  ShareLock: 'nobody writes it',
};

const lockText = ({table, mode, milliseconds}: RehearsedLock): string =>
  `${table}: ${mode} for ${seconds(milliseconds)}, meanwhile ${stopped[mode] ?? 'others wait'}`;

const rowsText = ({table, rowsBefore, rowsAfter}: RehearsedTable): string => {
  if (rowsBefore === undefined) return `${table} is new, with ${inPlural(rowsAfter ?? 0, 'row')}`;
  if (rowsAfter === undefined) return `${table} is gone, with ${inPlural(rowsBefore, 'row')}`;
  return `${table}: ${inCount(rowsBefore)} -> ${inCount(rowsAfter)}`;
};

const sizeText = ({bytesBefore, bytesAfter}: Rehearsal): readonly string[] =>
  Math.abs(bytesAfter - bytesBefore) < 1_000_000
    ? []
    : [`size       ${inBytes(bytesBefore)} -> ${inBytes(bytesAfter)}`];

/** Rows for a table: how often, how long, what. */
export const rehearsedStatements = ({
  statements,
}: Rehearsal): readonly (readonly [string, string, string])[] =>
  statements.map(({statement, milliseconds, times}) => [
    inCount(times),
    seconds(milliseconds),
    statement,
  ]);

/** What somebody should think about before he says yes; never a fault. */
export const riskOf = (
  rehearsal: Rehearsal,
  {deployLockTimeoutSeconds}: Pick<DeploySettings, 'deployLockTimeoutSeconds'>,
): readonly Finding[] => [
  ...rehearsal.rewrites.map(({table, by, bytes}) => ({
    ...warning('table rewrite', table, `all of it (${inBytes(bytes)}) is written anew by: ${by}`),
    hint: 'nobody can use the table meanwhile: a new column, filled in parts and changed over later, needs no rewrite',
  })),
  ...rehearsal.locks
    .filter(({milliseconds}) => milliseconds > deployLockTimeoutSeconds * 1_000)
    .map((lock) => ({
      ...warning('long lock', lock.table, lockText(lock).slice(lock.table.length + 2)),
      hint: `that is longer than DEPLOY_LOCK_TIMEOUT (${inTime(deployLockTimeoutSeconds)}): shorter transactions, or CREATE INDEX CONCURRENTLY, or a time when nobody minds`,
    })),
  ...rehearsal.tables
    .filter(({rowsBefore = 0, rowsAfter = 0}) => rowsAfter < rowsBefore)
    .map((table) => ({
      ...warning('rows vanish', table.table, rowsText(table)),
      hint: 'going back by image alone does not bring them back: the set that the deploy takes before has them',
    })),
  ...(rehearsal.verdict === 'safe'
    ? []
    : [
        {
          ...warning('way back', 'the version that serves now', rehearsal.why),
          hint: 'should the new version fail, images are not put back by themselves: see deploy rollback --data',
        },
      ]),
];

const warning = (rule: string, where: string, what: string) =>
  ({level: 'warning', rule, where, what}) as const;
