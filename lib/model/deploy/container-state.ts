/** A container of a compose project as it is: what docker's inspection says, and nothing of its environment. */
export type ContainerState = {
  readonly id: string;
  readonly name: string;
  readonly service: string;
  /** What compose calls the project that it is of. */
  readonly project: string;
  /** `True` for what `docker compose run` started. */
  readonly oneOff: string;
  /** The id of the image that it runs: `sha256:…`. */
  readonly image: string;
  /** By what name it was started. */
  readonly imageName: string;
  /** What compose calls the definition that it was made from. */
  readonly hash: string;
  /** Of its name: `web-2` has 2. */
  readonly number: string;
  /** `created`, `running`, `restarting`, `exited`, `paused`, `dead`. */
  readonly status: string;
  /** `healthy`, `unhealthy`, `starting`; empty where it has no check. */
  readonly health: string;
  readonly exitCode: number;
  readonly restarts: number;
  readonly startedAt: string;
  /** As `docker update` takes it: `no`, `always`, `unless-stopped`, `on-failure`, `on-failure:3`. */
  readonly restartPolicy: string;
  readonly addresses: Readonly<Record<string, string>>;
  /** The deploy that made it, where one of pgkeep's labels says so. */
  readonly deploy: string;
  readonly phase: string;
};

/** The last output of a health check, as docker inspects it; empty where there is none. */
export const lastHealthOutput = (inspected: string): string => {
  try {
    const health: {Log?: readonly {Output?: string}[] | null} | null = JSON.parse(inspected);
    return (health?.Log?.at(-1)?.Output ?? '').trim();
  } catch {
    return '';
  }
};

/** `sha256:0123456789ab…` as people read it. */
export const shortId = (id: string): string => id.replace(/^sha256:/, '').slice(0, 12);
