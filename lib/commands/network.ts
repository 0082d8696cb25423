/** What is said to docker about networks of our own. https://docs.docker.com/reference/cli/docker/network/ */
import type {Command} from '../model/command.ts';
import {lineOf, say, scratchLabel} from './docker.ts';

/**
 * A network that ends in itself. `--internal` alone lets containers reach this host by the bridge's address,
 * and with it every port that production publishes: so the bridge has none.
 */
export const createNetwork = (
  docker: string,
  {name, owner}: {readonly name: string; readonly owner: string},
): Command =>
  say(docker, [
    ...['network', 'create', '--internal', '--opt=com.docker.network.bridge.inhibit_ipv4=true'],
    ...[`--label=${scratchLabel}=${owner}`, name],
  ]);

/** All that pgkeep ever made and that are still there, with whose they are. */
export const scratchNetworks = (docker: string): Command =>
  say(docker, [
    ...['network', 'ls', '--no-trunc', `--filter=label=${scratchLabel}`],
    `--format=${lineOf({id: '.Name', owner: `(.Label "${scratchLabel}")`})}`,
  ]);

/** Fails while a container runs on it. */
export const removeNetwork = (docker: string, name: string): Command =>
  say(docker, ['network', 'rm', name]);
