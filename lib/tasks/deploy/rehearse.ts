/**
 * Phase 4: the deploy on a copy. A set restored into a throw-away server on a network that ends in itself, the
 * migration of the new image run on it, then both versions started against it. Production is only looked at.
 */
import type {Project} from '../../io/compose-project.ts';
import {withScratchNetwork} from '../../io/scratch-network.ts';
import type {StoredSet} from '../../io/store.ts';
import type {DeployPlan} from '../../model/deploy/deploy-plan.ts';
import type {Rehearsal, RehearsalParts} from '../../model/deploy/rehearsal.ts';
import {locksOf} from '../../model/deploy/rehearsal-locks.ts';
import {rewritesOf, statementsOf, tablesOf} from '../../model/deploy/rehearsal-log.ts';
import {leftOut} from '../../model/deploy/rehearsal-project.ts';
import {doubtsOn, servicesOf} from '../../model/deploy/rehearsal-services.ts';
import {verdictOn, type Watched} from '../../model/deploy/rehearsal-verdict.ts';
import {harmfulChanges} from '../../model/deploy/schema-changes.ts';
import {preloadedLibraries} from '../../model/deploy/server-command.ts';
import type {Context} from '../context.ts';
import {inPhase} from '../in-phase.ts';
import {type Copy, withCopy} from './rehearsal-copy.ts';
import {lookAtCopy} from './rehearsal-facts.ts';
import type {Site} from './rehearsal-site.ts';
import {type Image, setStage} from './rehearsal-stage.ts';
import {type Migrated, rehearseMigration} from './rehearse-migration.ts';
import {rehearseVersion} from './rehearse-version.ts';

export type RehearseOptions = {
  readonly project: Project;
  readonly plan: DeployPlan;
  /** What is restored. */
  readonly set: StoredSet;
};

/**
 * Nothing is left of it, whatever ends it. Errors: unavailable for what this host lacks; toolFailed (exit 7) for a
 * migration that fails or hangs, and for a new version that does not get well on the migrated copy.
 */
export const rehearse = async (
  context: Context,
  {project, plan, set}: RehearseOptions,
): Promise<Rehearsal> => {
  const startedAt = performance.now();
  const stage = await setStage(context, {project, plan});
  const {config} = project;
  const libraries = preloadedLibraries(config.services[plan.database.service]?.command);
  const {databaseImage: image, aliases} = stage;
  const played = await withScratchNetwork(context.shell, (name) =>
    withCopy(context, {set, image, libraries, network: {name, aliases}}, (copy) =>
      play(context, {stage, network: name, copy}),
    ),
  );
  return {
    at: new Date().toISOString(),
    ...{set: set.manifest.id, ...played, bytesInProduction: plan.database.bytes},
    seconds: (performance.now() - startedAt) / 1_000,
  };
};

type Played = Omit<Rehearsal, 'at' | 'set' | 'seconds' | 'bytesInProduction'>;

const play = async (context: Context, site: Site): Promise<Played> => {
  const {stage, copy} = site;
  const start = (phase: string, images: readonly Image[], known?: readonly Watched[]) =>
    timed(() => inPhase(context, phase, () => rehearseVersion(context, site, {images, known})));
  const started = [...(stage.old ?? []), ...stage.next].map(({service}) => service);
  const control = stage.old && (await start('the present version on the copy', stage.old));
  const migrated = await migrate(context, site);
  const isAltered = migrated !== undefined && migrated.before.next !== migrated.after.next;
  const old =
    stage.old && isAltered
      ? await start('the present version on the migrated copy', stage.old, control?.value.watched)
      : undefined;
  const judged = verdictOn({
    ...{isAltered, users: stage.users, asked: old?.value.asked ?? []},
    ...{control: control?.value.watched, after: old?.value.watched},
    changes: migrated ? harmfulChanges(migrated.before.columns, migrated.after.columns) : [],
  });
  const next =
    stage.next.length > 0
      ? await start('the new version on the migrated copy', stage.next, control?.value.watched)
      : undefined;
  const parts: RehearsalParts = {
    ...{restore: copy.restoreSeconds, control: control?.seconds ?? 0},
    ...{migrate: migrated?.seconds ?? 0, old: old?.seconds ?? 0, next: next?.seconds ?? 0},
  };
  return {
    ...(migrated ? foundIn(migrated) : await foundWithout(context, copy)),
    ...{parts, isAltered, ...judged},
    notes: [
      ...doubtsOn(next?.value.watched ?? [], control?.value.watched ?? []),
      ...leftOut(stage.project.config, [...new Set(started)], stage.binds),
    ],
    services: servicesOf(stage.plan.services, [
      control?.value.watched,
      old?.value.watched,
      next?.value.watched,
    ]),
  };
};

const timed = async <Value>(
  work: () => Promise<Value>,
): Promise<{readonly value: Value; readonly seconds: number}> => {
  const startedAt = performance.now();
  const value = await work();
  return {value, seconds: (performance.now() - startedAt) / 1_000};
};

const migrate = async (context: Context, site: Site): Promise<Migrated | undefined> => {
  const {plan, migration: image} = site.stage;
  const {migration} = plan;
  if (migration === null || image === undefined) return undefined;
  return inPhase(context, 'migrating the copy', () =>
    rehearseMigration(context, site, migration, image),
  );
};

type Found = Omit<Played, 'parts' | 'isAltered' | 'verdict' | 'why' | 'log' | 'notes' | 'services'>;

const foundIn = ({before, after, seconds, held, notes, statements}: Migrated): Found => ({
  ...{revisionBefore: before.revision, revisionAfter: after.revision, migrateSeconds: seconds},
  statements: statementsOf(statements),
  statementCount: statements.reduce((sum, {times}) => sum + times, 0),
  locks: locksOf(notes, held, before.tables),
  rewrites: rewritesOf(notes, before.tables, after.tables),
  dropped: [...new Set(notes.flatMap(({dropped}) => dropped ?? []))],
  tables: tablesOf(before.tables, after.tables),
  ...{bytesBefore: before.bytes, bytesAfter: after.bytes},
});

/** Where nothing is to be migrated. */
const foundWithout = async (context: Context, copy: Copy): Promise<Found> => {
  const {revision, bytes} = await lookAtCopy(context, copy);
  return {
    ...{revisionBefore: revision, revisionAfter: revision, migrateSeconds: 0},
    ...{statements: [], statementCount: 0, locks: [], rewrites: [], dropped: [], tables: []},
    ...{bytesBefore: bytes, bytesAfter: bytes},
  };
};
