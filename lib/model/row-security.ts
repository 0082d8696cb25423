/** Row-level security, where all rows of a table are needed: the way out, as it may be typed. */
import {displayIdentifier, displayName} from './catalog.ts';

type Hidden = {readonly role: string; readonly schema: string; readonly name: string};

/** Also the owner's rows are hidden where it is forced. */
export const wayAroundSecurity = ({role, ...table}: Hidden): string =>
  `as a superuser: ALTER ROLE ${displayIdentifier(role)} BYPASSRLS; or as the owner, for the time of it: ALTER TABLE ${displayName(table)} NO FORCE ROW LEVEL SECURITY`;
