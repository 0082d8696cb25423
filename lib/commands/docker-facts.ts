/** What is asked of docker before a deploy: versions, places, images, and the data of a volume. Nothing is changed. */
import type {Command} from '../model/command.ts';

const ask = (docker: string, args: readonly string[]): Command => ({file: docker, args, env: {}});

/** Fails where the engine does not answer. https://docs.docker.com/reference/cli/docker/version/ */
export const dockerVersions = (docker: string): Command =>
  ask(docker, [
    'version',
    '--format={"client":{{json .Client.Version}},"engine":{{json .Server.Version}}}',
  ]);

/** Where the engine keeps images and volumes. */
export const dockerRoot = (docker: string): Command =>
  ask(docker, ['info', '--format={{json .DockerRootDir}}']);

/** Fails where the image is not here. */
export const imageFacts = (docker: string, image: string): Command =>
  ask(docker, [
    ...['image', 'inspect'],
    // Not .Id: docker would look at its raw answer then, which has no word of a check that is not there.
    '--format={"id":{{json .ID}},"bytes":{{json .Size}},"check":{{json .Config.Healthcheck}}}',
    ...['--', image],
  ]);

/** Fails where there is no such volume; to mount one that is not there would make it. */
export const volumeName = (docker: string, volume: string): Command =>
  ask(docker, ['volume', 'inspect', '--format={{.Name}}', '--', volume]);

/** Names and ports of all containers that run, whosever they are. */
export const publishedPorts = (docker: string): Command =>
  ask(docker, [
    'ps',
    '--format={"name":{{json .Names}},"ports":{{json .Ports}},"project":{{json (.Label "com.docker.compose.project")}}}',
  ]);

const unprivileged = ['--rm', '--network=none', '--pull=never', '--label=pgkeep.scratch=look'];

/** `postgres (PostgreSQL) 15.18`: what an image brings, in a container without a network that ends at once. */
export const serverOfImage = (docker: string, image: string): Command =>
  ask(docker, ['run', ...unprivileged, '--entrypoint=postgres', image, '--version']);

export type DataPlace = {
  readonly type: 'volume' | 'bind';
  readonly source: string;
  /** Of the data folder, below what is mounted; `.` for itself. */
  readonly below: string;
};

/** The first line of `PG_VERSION` of a data folder, read-only; fails where there is none. */
export const versionOfData = (
  docker: string,
  {image, place: {type, source, below}}: {readonly image: string; readonly place: DataPlace},
): Command =>
  ask(docker, [
    ...['run', ...unprivileged, '--user=0', '--entrypoint=cat'],
    `--mount=type=${type},${csv(`source=${source}`)},target=/pgkeep-look,readonly${type === 'volume' ? ',volume-nocopy' : ''}`,
    ...[image, `/pgkeep-look/${below}/PG_VERSION`],
  ]);

/** `15` of the data that a running container serves, and the kilobytes that they take. */
export const dataOfContainer = (docker: string, id: string): Command =>
  ask(docker, [
    ...['exec', id, 'sh', '-c'],
    'data="$PGDATA"; [ -n "$data" ] || data=/var/lib/postgresql/data; cat "$data/PG_VERSION" && du -sk "$data"',
  ]);

/** The value of --mount is a line of CSV. */
const csv = (text: string): string =>
  /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
