import type {Connection} from './connection.ts';

/** Everything that flags, environment, env file and defaults decide, parsed once at the door. */
export type Settings = {
  /** Absolute path of the project folder. */
  readonly project: string;
  /** Absolute path of the folder where sets live. */
  readonly backups: string;
  /** Undefined when none is configured: doors that need one refuse with exit 3 before the verb runs. */
  readonly connection: Connection | undefined;
  readonly tools: 'auto' | 'local';
  readonly connectAttempts: number;
  readonly connectDelaySeconds: number;
  readonly lockWaitSeconds: number;
  readonly stallSeconds: number;
  readonly retentionDays: number;
  /** Absolute path of the folder for throw-away servers. */
  readonly scratch: string;
};
