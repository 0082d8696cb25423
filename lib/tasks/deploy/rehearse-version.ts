/** A version of the application on the copy: started, watched until it is well or is not, and removed. */
import {setTimeout as pause} from 'node:timers/promises';
import {composeFromInput} from '../../commands/compose.ts';
import * as logged from '../../commands/rehearsal-log.ts';
import {statesOfProject} from '../../io/container-states.ts';
import {removeProject} from '../../io/scratch-network.ts';
import {ofService} from '../../model/deploy/plan-services.ts';
import type {LoggedStatement} from '../../model/deploy/rehearsal-log.ts';
import type {Watched} from '../../model/deploy/rehearsal-verdict.ts';
import {isOpen, longestFor, lookAgain, type Seen} from '../../model/deploy/rehearsal-watch.ts';
import {isJob} from '../../model/deploy/service-order.ts';
import {longestStart} from '../../model/deploy/wellness.ts';
import {OpsError} from '../../model/errors.ts';
import {printable} from '../../model/redact.ts';
import type {Context} from '../context.ts';
import {lineNow} from './rehearsal-copy.ts';
import {outputOf} from './rehearsal-output.ts';
import {composeOn, type Site} from './rehearsal-site.ts';
import type {Image} from './rehearsal-stage.ts';

export type VersionOptions = {
  readonly images: readonly Image[];
  /** How long each took when it was well before; without it as long as its definition allows. */
  readonly known?: readonly Watched[] | undefined;
};

export type PlayedVersion = {
  readonly watched: readonly Watched[];
  /** The statements of all of them. */
  readonly asked: readonly string[];
};

/** How each of the services did. Errors: unavailable where docker does not answer. */
export const rehearseVersion = async (
  context: Context,
  site: Site,
  options: VersionOptions,
): Promise<PlayedVersion> => {
  const {shell} = context;
  const from = await lineNow(context, site.copy);
  const problem = await start(context, site, options.images);
  const scene = await watch(context, site, options, problem);
  const logs = new Map<string, readonly string[]>();
  for (const [service, {failure, id}] of scene.services)
    if (failure !== undefined && id !== undefined)
      logs.set(service, await endOf(context, site, id));
  await removeProject(shell, site.network);
  const to = await lineNow(context, site.copy);
  const {log} = site.copy;
  const counts = await log.query<Counted>(logged.statementsByAddress({from, to}));
  const refusals = await log.query<Refused>(logged.refusalsByAddress({from, to}));
  const {config} = site.stage.project;
  const statements = await log.query<LoggedStatement>(logged.loggedStatements({from, to}));
  const watched = options.images.map(({service}) => {
    const seen = scene.services.get(service);
    const isIts = ({address}: {address: string}) => scene.addresses.get(address) === service;
    return {
      ...{service, isJob: isJob(config, service), log: logs.get(service) ?? []},
      // The word in the names is of nobody's interest.
      failure: (
        seen?.failure ?? (seen ? undefined : (problem ?? 'it was not started'))
      )?.replaceAll(`${site.network}-`, ''),
      seconds: seen?.seconds ?? 0,
      isChecked: seen?.isChecked ?? false,
      statements: counts.filter(isIts).reduce((sum, {statements}) => sum + statements, 0),
      refusals: refusals.filter(isIts).map(({message}) => printable(message)),
    };
  });
  return {watched, asked: statements.map(({statement}) => statement)};
};

type Counted = {readonly address: string; readonly statements: number};
type Refused = {readonly address: string; readonly message: string};

/** What compose says of what it can't start; what it could, it has. */
const start = async (
  {shell, redact}: Context,
  site: Site,
  images: readonly Image[],
): Promise<string | undefined> => {
  const {place, input} = composeOn(site, images, {isChecked: true});
  const names = images.map(({service}) => service);
  const up = ['up', '--detach', '--no-deps', '--no-build', ...names];
  try {
    await shell.run(composeFromInput(place, up), {input, cwd: place.folder});
    return undefined;
  } catch (error) {
    shell.signal.throwIfAborted();
    const cause = error instanceof OpsError ? error.cause : error;
    const said = cause instanceof Error ? cause.message : String(cause);
    return printable(redact(said.trim().split('\n').at(-1) ?? ''));
  }
};

type Scene = {
  readonly services: Map<string, Seen>;
  /** Addresses go with their containers: they are noted while these run. */
  readonly addresses: Map<string, string>;
};

const betweenLooks = 250;
const steadiest = 5;

/** Until every service has failed, or has been well for some seconds. */
const watch = async (
  {shell, settings, signal}: Context,
  {stage, network}: Site,
  {images, known}: VersionOptions,
  problem: string | undefined,
): Promise<Scene> => {
  const scene: Scene = {services: new Map(), addresses: new Map()};
  const {config} = stage.project;
  const startedAt = performance.now();
  const steady = Math.min(settings.stableSeconds, steadiest);
  for (;;) {
    const states = await statesOfProject(shell, network);
    const seconds = (performance.now() - startedAt) / 1_000;
    for (const {service} of images) {
      const [state] = ofService(states, service);
      if (!state) continue;
      const address = state.addresses[network];
      if (address) scene.addresses.set(address, service);
      const before = known?.find((each) => each.service === service);
      const job = isJob(config, service);
      const longest = longestFor(longestStart(config.services[service] ?? {}, job), before);
      const look = {seconds, longest, isJob: job, problem};
      scene.services.set(service, lookAgain(scene.services.get(service), state, look));
    }
    if (![...scene.services.values()].some((seen) => isOpen(seen, {seconds, steady}))) return scene;
    await pause(betweenLooks, undefined, {signal}).catch(() => {});
    signal.throwIfAborted();
  }
};

const shownLines = 8;

const endOf = async (context: Context, {stage}: Site, id: string): Promise<readonly string[]> =>
  (await outputOf(context, stage.project.config, id)).slice(-shownLines);
