import {
  displayIdentifier,
  displayName,
  type LargeObject,
  type Relation,
  type Sequence,
  type ServerFacts,
} from './catalog.ts';
import {OpsError} from './errors.ts';

export type Reach = {
  readonly facts: ServerFacts;
  readonly relations: readonly Relation[];
  readonly sequences: readonly Sequence[];
  readonly largeObjects: readonly LargeObject[];
};

const shown = 8;

/**
 * What this role can't read, in one error with the grants to give; undefined where it reads all.
 * A backup that leaves rows out in silence is worse than none. Kind: unavailable (exit 6).
 */
export const rightsFault = ({
  facts,
  relations,
  sequences,
  largeObjects,
}: Reach): OpsError | undefined => {
  const unreadable = [
    ...relations.filter(({kind, isReadable}) => (kind === 'r' || kind === 'p') && !isReadable),
    ...sequences.filter(({isReadable}) => !isReadable),
  ];
  const hidden = relations.filter(({hidesRows}) => hidesRows);
  const role = displayIdentifier(facts.role);
  const faults = [
    unreadable.length > 0 && {
      what: `may not read ${list(unreadable.map(displayName))}`,
      hint: `GRANT pg_read_all_data TO ${role}`,
    },
    hidden.length > 0 && {
      what: `would not see every row of ${list(hidden.map(displayName))} (row-level security)`,
      hint: `ALTER ROLE ${role} BYPASSRLS`,
    },
    largeObjects.length > 0 && {
      what: `may not read the large objects ${list(largeObjects.map(({oid}) => String(oid)))}`,
      hint: grantOnObjects(largeObjects, role),
    },
  ].filter((fault) => fault !== false);
  if (faults.length === 0) return undefined;
  return new OpsError(
    'unavailable',
    `the role '${facts.role}' ${faults.map(({what}) => what).join('; it ')}`,
    {
      hint: `as a superuser: ${faults.map(({hint}) => hint).join('; ')}`,
    },
  );
};

const list = (names: readonly string[]) =>
  names.length <= shown
    ? names.join(', ')
    : `${names.slice(0, shown).join(', ')} and ${names.length - shown} more`;

/** One GRANT where it fits into a line; else of every large object there is. */
const grantOnObjects = (objects: readonly LargeObject[], role: string) =>
  objects.length <= shown
    ? `GRANT SELECT ON LARGE OBJECT ${objects.map(({oid}) => oid).join(', ')} TO ${role}`
    : `DO $do$ BEGIN EXECUTE (SELECT 'GRANT SELECT ON LARGE OBJECT ' || string_agg(oid::text, ', ') FROM pg_largeobject_metadata) || ' TO ${role.replaceAll("'", "''")}'; END $do$`;
