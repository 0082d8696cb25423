import * as assert from 'uvu/assert';
import {type ErrorKind, OpsError} from '../../lib/model/errors.ts';

/** The error that work ends with; a test fails where it ends well, with a stranger, or with another kind. */
export const faultOf = async (work: () => unknown, kind?: ErrorKind): Promise<OpsError> => {
  const fault = await Promise.resolve()
    .then(work)
    .then(
      () => undefined,
      (error: unknown) => error,
    );
  if (!(fault instanceof OpsError)) throw new Error('expected an OpsError', {cause: fault});
  if (kind !== undefined) assert.is(fault.kind, kind, fault.message);
  return fault;
};
