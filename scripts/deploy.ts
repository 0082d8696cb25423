import {modes} from '../lib/model/deploy/phases.ts';
import {exitCodes} from '../lib/model/errors.ts';
import {choice, path} from '../lib/model/setting-kinds.ts';
import {type Action, actionOf} from './_deploy-actions.ts';
import {looked} from './_deploy-look.ts';
import {deployed, plannedBack, resumed, rolledBack, unlocked} from './_deploy-run.ts';
import {deployedText, rolledBackText} from './_deploy-text.ts';
import {defineDoor, dryRunFlag, main, settingFlag, yesFlag} from './_main.ts';
import {readPlan} from './_plan-file.ts';

export const door = defineDoor({
  name: 'deploy',
  summary: 'a compose application to its next version in phases, or back to what it was',
  description:
    'Without a word it deploys: prerequisites, environment file and plan are looked at, the migration is rehearsed on a restored copy, and only then it asks and begins to change production: a proven backup, the migrations, service by service, verification. `plan` and `rehearse` change nothing; `status` and `history` tell how things are; `resume` goes on with a deploy that was killed; `rollback` goes back, with --data the database too; `unlock` gives up a deploy that is nobody’s.',
  arguments: [
    {
      name: 'action',
      summary: 'plan, rehearse, status, history, resume, rollback or unlock; none to deploy',
      optional: true,
    },
  ],
  envFiles: ['.env.production', '.env'],
  options: {
    mode: {
      value: 'MODE',
      kind: choice(...modes),
      summary: `which phases run: \`full\` (the default), \`skip-migration\` (services alone), \`migrate-only\` (services stay)`,
    },
    rehearse: {
      value: 'WHEN',
      kind: choice('auto', 'require', 'off'),
      summary:
        'the migration on a restored copy first: where it can be (`auto`, the default), always (`require`), or not (`off`)',
    },
    allowSkew: {
      summary: 'go on although the version that serves and the schema may not fit together',
    },
    plan: {
      value: 'FILE',
      kind: path(),
      summary: 'a plan of `deploy plan --out`: deploy only where the same would be done',
    },
    out: {value: 'FILE', kind: path(), summary: 'with `plan`: write the plan to this file too'},
    data: {
      summary:
        'with `rollback`: the database too, as it was before the deploy; what was written since is kept',
    },
    force: {
      summary: 'with `rollback`: by image also where the old version may not live with the schema',
      conflicts: ['data'],
    },
    dryRun: dryRunFlag,
    yes: yesFlag,
    backups: settingFlag('backups'),
    tools: settingFlag('tools'),
  },
  async run(context, {flags, args}) {
    const {plan: file, out, yes: isSure, dryRun, data: withData, force: isForced} = flags;
    const action: Action = actionOf(args[0], flags);
    const deciding = {
      ...{mode: flags.mode ?? 'full', allowsSkew: flags.allowSkew},
      read: file === undefined ? undefined : await readPlan(file),
    };
    if (action === 'deploy' && !dryRun) {
      const done = await deployed(context, {
        ...{...deciding, rehearsing: flags.rehearse ?? 'auto', isSure},
      });
      return {text: deployedText(done), json: done};
    }
    if (action === 'resume') {
      const done = await resumed(context, {isSure});
      return {text: deployedText(done), json: done};
    }
    if (action === 'rollback') {
      if (dryRun) {
        const {text, ...json} = await plannedBack(context, {withData, isForced});
        return {text, json};
      }
      const done = await rolledBack(context, {withData, isForced, isSure});
      return {text: rolledBackText(done), json: done};
    }
    if (action === 'unlock') {
      const done = await unlocked(context, {isSure});
      const isNothing = !done.open && !done.holder;
      return {text: isNothing ? 'nothing is locked' : 'unlocked', json: done};
    }
    return looked(context, action, {...deciding, out});
  },
  show: ({text}) => text,
  json: ({json}) => json,
  exit: (result) => ('isFaulty' in result && result.isFaulty ? exitCodes.usage.exit : 0),
});

await main(door, import.meta);
