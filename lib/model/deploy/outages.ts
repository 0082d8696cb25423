/** For how long nothing of a service served, by the clock of the process that switches it. */
import {inTime} from '../amounts.ts';

export type Outages = {
  /** Nothing of it serves from now on; one that goes on already goes on. */
  begin(service: string, now: number): void;
  /** It serves again. */
  end(service: string, now: number): void;
  /** By service, in milliseconds: its outages that are over, as far as this process has seen them, added up. */
  lasted(): Readonly<Record<string, number>>;
};

/** Moments are milliseconds of any clock that never goes back. */
export const createOutages = (): Outages => {
  const since = new Map<string, number>();
  const lasted = new Map<string, number>();
  return {
    begin(service, now) {
      if (!since.has(service)) since.set(service, now);
    },
    end(service, now) {
      const began = since.get(service);
      if (began === undefined) return;
      since.delete(service);
      lasted.set(service, (lasted.get(service) ?? 0) + Math.max(0, Math.round(now - began)));
    },
    lasted: () => Object.fromEntries(lasted),
  };
};

/** `'web' did not serve for 3.2 s`, of each that did not. */
export const outageLines = (lasted: Readonly<Record<string, number>>): readonly string[] =>
  Object.entries(lasted)
    .filter(([, milliseconds]) => milliseconds > 0)
    .map(
      ([service, milliseconds]) => `'${service}' did not serve for ${inTime(milliseconds / 1_000)}`,
    );
