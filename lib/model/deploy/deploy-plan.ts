/** What a deploy is going to do, as people and `--plan FILE` read it. Holds no value of the environment. */
import type {Finding} from './finding.ts';
import type {Mode} from './phases.ts';

/**
 * `new`: there is none yet. `roll`: the new one beside the old, then the proxy changes over. `recreate`: the old one is
 * stopped, kept, and the new one started. `leave`: what runs is what is wanted.
 */
export type Strategy = 'new' | 'roll' | 'recreate' | 'leave';

export type ServicePlan = {
  readonly service: string;
  readonly strategy: Strategy;
  /** Why this way, a sentence. */
  readonly reason: string;
  /** Of what serves now; null where nothing does. */
  readonly from: {
    readonly image: string;
    readonly imageName: string;
    readonly hash: string;
    readonly containers: readonly string[];
    /** Those of them that run: the way back starts these. */
    readonly running: readonly string[];
    /** Whether the engine starts them again by itself: `always`, `unless-stopped`, `on-failure`, `no`. */
    readonly restart: string;
  } | null;
  /** What it is to be; the image's id is null where it is not on this host yet. */
  readonly to: {readonly image: string | null; readonly imageName: string; readonly hash: string};
  readonly replicas: number;
  /** The port that the proxy talks to; null where none is told to. */
  readonly port: number | null;
};

export type MigrationPlan = {
  readonly service: string;
  readonly command: readonly string[];
  /** The id of the image that runs it; null where it is not on this host yet. */
  readonly image: string | null;
  /** In production now; null where no query tells, or there is no database yet. */
  readonly revision: string | null;
  /** What the new image expects; null where no command tells. */
  readonly head: string | null;
};

export type DeployPlan = {
  readonly version: 1;
  readonly mode: Mode;
  readonly project: string;
  readonly composeFiles: readonly string[];
  readonly database: {
    readonly service: string;
    readonly name: string;
    /** Whether it is a service of the project; else it is somebody else's server, which a deploy leaves alone. */
    readonly isOfProject: boolean;
    /** Whether it runs already. */
    readonly isUp: boolean;
    readonly bytes: number | null;
  };
  readonly services: readonly ServicePlan[];
  /** Null where nothing is to be migrated. */
  readonly migration: MigrationPlan | null;
  /** What the new image expects and what is there, where nothing is migrated; null where nothing tells. */
  readonly skew: {readonly revision: string | null; readonly head: string} | null;
  /** The SQLite file of phase 8; null where there is none, or it has been brought already. */
  readonly sqlite: string | null;
  readonly findings: readonly Finding[];
};

/** Whether everything is as it is wanted already. */
export const isDone = ({services, migration, sqlite, mode}: DeployPlan): boolean =>
  (mode === 'migrate-only' || services.every(({strategy}) => strategy === 'leave')) &&
  sqlite === null &&
  (migration === null || (migration.head !== null && migration.head === migration.revision));
