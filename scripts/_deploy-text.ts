/** What `deploy` shows: the plan before it, the report after it, how things are. */
import {inTime} from '../lib/model/amounts.ts';
import {shortId} from '../lib/model/deploy/container-state.ts';
import type {DeployPlan} from '../lib/model/deploy/deploy-plan.ts';
import {deployPlanLines, serviceHead, serviceRows} from '../lib/model/deploy/deploy-plan-text.ts';
import type {DeployState, Facts} from '../lib/model/deploy/deploy-state.ts';
import {mayGoBack} from '../lib/model/deploy/going-back.ts';
import {outageLines} from '../lib/model/deploy/outages.ts';
import type {Rehearsal} from '../lib/model/deploy/rehearsal.ts';
import {rehearsalText, rehearsedStatements, riskOf} from '../lib/model/deploy/rehearsal-text.ts';
import {historyHead, historyRow, phaseLines} from '../lib/model/deploy/status-text.ts';
import {printable} from '../lib/model/redact.ts';
import type {Settings} from '../lib/model/settings.ts';
import type {Deployed} from '../lib/tasks/deploy/end-of-deploy.ts';
import type {RolledBack} from '../lib/tasks/deploy/rollback.ts';
import type {DeployStatus} from '../lib/tasks/deploy/status.ts';
import type {DrawTable} from './_table-text.ts';

export const planText = (plan: DeployPlan, table: DrawTable): string =>
  [
    ...deployPlanLines(plan).map(([word, said]) => `${word.padEnd(10)} ${printable(said)}`),
    ...(plan.services.length > 0 ? [table({head: serviceHead, rows: serviceRows(plan)})] : []),
    ...plan.findings.map(
      ({level, where, what, hint}) => `${level}: ${printable(`${where}: ${what} (${hint})`)}`,
    ),
  ].join('\n');

/** What is to be read before it is confirmed: what the rehearsal found, and where production begins to change. */
export const decisionText = (
  {rehearsal, verdict, why}: Facts,
  {table, settings}: {readonly table: DrawTable; readonly settings: Settings},
): readonly string[] => [
  ...(rehearsal ? rehearsedText(rehearsal, {table, settings}) : []),
  ...(rehearsal || verdict === undefined
    ? []
    : [`going back by image alone: ${verdict}: ${why ?? ''}`]),
  'up to here nothing of production was changed; from here on production changes',
];

/** What the rehearsal found, its slowest statements, and what is worth a second thought. */
export const rehearsedText = (
  rehearsal: Rehearsal,
  {table, settings}: {readonly table: DrawTable; readonly settings: Settings},
): readonly string[] => {
  const rows = rehearsedStatements(rehearsal);
  return [
    ...rehearsalText(rehearsal),
    ...(rows.length > 0
      ? [table({head: ['times', 'took', 'statement'], rows, right: [0, 1]})]
      : []),
    ...riskOf(rehearsal, settings).map(
      ({level, where, what, hint}) => `${level}: ${printable(`${where}: ${what} (${hint})`)}`,
    ),
  ];
};

export const deployedText = ({deploy, outcome, facts, seconds, plan}: Deployed): string => {
  if (outcome === 'nothing-to-do')
    return `everything is as it is wanted: nothing to do (deploy ${deploy})`;
  const revision = facts.migrated
    ? [`schema     '${facts.revisionBefore ?? 'none'}' -> '${facts.revisionAfter ?? 'none'}'`]
    : [];
  return [
    `deployed   '${printable(plan.project)}' in ${inTime(seconds)} (deploy ${deploy})`,
    ...revision,
    ...(facts.broughtTables === undefined
      ? []
      : [
          `data       ${facts.broughtTables} tables, ${facts.broughtRows} rows, every cell compared`,
        ]),
    ...gapLines(facts),
    ...(facts.set === undefined ? [] : [`before     set ${facts.set}`]),
    `back       pgkeep deploy rollback (by image alone: ${mayGoBack(facts) ? 'safe' : (facts.verdict ?? 'unknown')})`,
  ].join('\n');
};

const gapLines = ({gaps = {}}: Facts): readonly string[] =>
  outageLines(gaps).map((line) => `gap        ${line}`);

export const rolledBackText = ({deploy, of, data, seconds, facts, leftToDo}: RolledBack): string =>
  [
    `back       to what served before the deploy ${of}, in ${inTime(seconds)} (deploy ${deploy})`,
    ...(data
      ? [
          `data       as they were before it; what served since: database '${printable(data.before)}'${data.snapshot === null ? '' : ` and set ${data.snapshot}`}`,
        ]
      : []),
    ...gapLines(facts),
    'note       env file and compose file still say what was taken back: put them back before anybody runs docker compose up',
    ...leftToDo.map((line) => `           ${printable(line)}`),
  ].join('\n');

export const statusText = (status: DeployStatus, table: DrawTable): string => {
  const {project, last, containers, database, migrations, advice} = status;
  const rows = [...containers, ...migrations].map((one) => [
    one.service || 'migration',
    one.name,
    `${one.imageName.startsWith('sha256:') ? '' : one.imageName} ${shortId(one.image)}`.trim(),
    [one.status, one.health].filter(Boolean).join(', '),
    'role' in one && one.role === 'old' ? 'kept for the way back' : '',
  ]);
  return [
    `project    ${printable(project)}`,
    `database   ${database.isUp ? `up, revision ${database.revision ?? 'not known'}` : 'not up'}${database.problem === undefined ? '' : `: ${printable(database.problem)}`}`,
    ...(rows.length > 0
      ? [table({head: ['service', 'container', 'image', 'is', ''], rows})]
      : ['no container of it is there']),
    ...(last ? lastText(last) : ['no deploy yet']),
    ...advice.map((text) => `to do      ${printable(text)}`),
  ].join('\n');
};

const lastText = (last: DeployState): readonly string[] => {
  const [, what, end] = historyRow(last);
  const {closed, facts} = last;
  return [
    `last       ${last.deploy}: ${what}, ${end}`,
    ...(closed && closed.message !== '' ? [`           ${printable(closed.message)}`] : []),
    ...(facts.verdict === undefined
      ? []
      : [`           going back by image alone: ${facts.verdict}`]),
    ...phaseLines(last).map((line) => printable(line)),
  ];
};

export const historyText = (states: readonly DeployState[], table: DrawTable): string =>
  states.length === 0 ? 'no deploy yet' : table({head: historyHead, rows: states.map(historyRow)});
