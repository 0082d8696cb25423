import {OpsError} from '../model/errors.ts';
import {type RoleStatement, roleStatements} from '../model/roles-text.ts';

/** What a text says of roles. Errors: notIntact for what pg_dumpall does not write; nothing of it was run. */
export const readRoles = (globals: string): readonly RoleStatement[] => {
  try {
    return roleStatements(globals);
  } catch (cause) {
    throw new OpsError('notIntact', 'what is said of roles is not what pg_dumpall writes', {
      hint: 'nothing of it was run; use a set or dump whose origin you know',
      cause,
    });
  }
};
