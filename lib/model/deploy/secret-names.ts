/** Which values of an environment are secrets, by the names that people give them. */
import {parseConnectionUrl} from '../connection-url.ts';
import {percentDecoded} from '../percent-encoding.ts';

/** What is secret in a value: all of it, or the password of the URL that it is. */
export type Secret = {
  readonly key: string;
  readonly value: string;
  /** Of the URL, without a driver: `postgresql`; undefined for a value that is none. */
  readonly scheme: string | undefined;
};

/** By the end of its name: `PASSWORD_RESET_MINUTES` and `SECRET_KEY_FILE` hold none. */
export const isSecretName = (key: string): boolean =>
  /(^|_)(PASSWORD|PASSWD|PASSPHRASE|PASS|PWD|SECRET|SECRET_?KEY(_BASE)?|TOKEN|API_?KEY|APP_KEY|(PRIVATE|ENCRYPTION|SIGNING|MASTER|FERNET|JWT|SESSION|COOKIE|HASH|AUTH|ACCESS)_KEY|SALT|PEPPER)(_?\d+)?$/i.test(
    key,
  );

/** Names under which the password of one database goes. */
export const isDatabasePassword = (key: string): boolean =>
  /^(\w+_)?(POSTGRES|POSTGRESQL|PG|DB|DATABASE|SQL|RDS)_?(\w+_)?(PASSWORD|PASSWD|PASS|PWD)$/i.test(
    key,
  );

/** What is secret in the value of a key; undefined where nothing is, or it is empty. */
export const secretIn = (key: string, value: string): Secret | undefined => {
  const [, scheme, password] =
    /^([a-z][a-z0-9+.-]*):\/\/(?:[^:@/?#]*:([^@/]*)@)?/i.exec(value) ?? [];
  if (scheme === undefined)
    return isSecretName(key) && value !== '' ? {key, value, scheme} : undefined;
  if (password === undefined || password === '') return undefined;
  return {key, value: percentDecoded(password), scheme: scheme.toLowerCase().replace(/\+.*/, '')};
};

/** The host of a PostgreSQL URL; undefined for anything else, several hosts and a socket among it. */
export const databaseHostOf = (value: string): string | undefined => {
  const host = parseConnectionUrl(value).libpq['PGHOST'];
  return host === undefined || /[,/@]/.test(host) ? undefined : host;
};
