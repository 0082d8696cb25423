/** Whether a service has the time that it takes to become well. */
import {inTime} from '../amounts.ts';
import {printable} from '../redact.ts';
import {type ComposeConfig, hasHealthcheck, type ServiceConfig} from './compose-config.ts';
import type {Finding} from './finding.ts';
import {secondsOf} from './wellness.ts';

/** A busy host takes longer than the last time. */
const usable = 0.8;

/** Warnings for services that were almost called unhealthy when they were started last. `starts` is in milliseconds, by service. */
export const judgeStarts = (
  config: ComposeConfig,
  starts: Readonly<Record<string, number>>,
): readonly Finding[] =>
  Object.entries(starts).flatMap(([name, milliseconds]) => {
    const service = config.services[name];
    if (service === undefined || !hasHealthcheck(service)) return [];
    const [took, patience] = [milliseconds / 1_000, patienceOf(service)];
    // What passes its first check has been well before it: nobody has looked until then.
    const isFirstCheck = took <= (secondsOf(service.healthcheck?.interval ?? '') || 30) + 1;
    if (isFirstCheck || took <= patience * usable) return [];
    return [
      {
        ...{level: 'warning', rule: 'health check', where: `service '${printable(name)}'`},
        what: `it took ${inTime(took)} to become well in its last deploy, and is called unhealthy after ${inTime(patience)}`,
        hint: 'give it a longer start_period',
      },
    ];
  });

/** When docker calls a container unhealthy that answers no check. https://docs.docker.com/reference/dockerfile/#healthcheck */
const patienceOf = ({healthcheck}: ServiceConfig): number => {
  const {interval, start_period, retries} = healthcheck ?? {};
  // Zero says to docker what nothing says.
  const each = secondsOf(interval ?? '') || 30;
  return secondsOf(start_period ?? '') + each * (retries || 3);
};
