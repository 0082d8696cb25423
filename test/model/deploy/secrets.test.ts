import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {placeholderKind} from '../../../lib/model/deploy/placeholder.ts';
import {databaseHostOf, isSecretName, secretIn} from '../../../lib/model/deploy/secret-names.ts';
import {weaknessOf} from '../../../lib/model/deploy/secret-strength.ts';

const it = suite('secrets of an environment');

it('knows a secret by the end of its name', () => {
  const secrets = [
    ...['POSTGRES_PASSWORD', 'SECRET_KEY', 'SECRET_KEY_BASE', 'JWT_SECRET', 'API_KEY', 'APIKEY'],
    ...['DB_PASS', 'SMTP_PWD', 'TOKEN', 'github_token', 'FERNET_KEY', 'PASSWORD_2', 'APP_KEY'],
  ];
  const others = [
    ...['SECRET_KEY_FILE', 'PASSWORD_RESET_MINUTES', 'TOKEN_TTL', 'PUBLIC_KEY', 'CACHE_KEY'],
    ...['AWS_ACCESS_KEY_ID', 'BYPASS', 'COMPASS', 'KEYBOARD', 'TAG', 'SECRET_SANTA_ENABLED'],
  ];
  assert.equal(secrets.filter(isSecretName), secrets);
  assert.equal(others.filter(isSecretName), []);
});

const inUrls: readonly [string, string | undefined, string | undefined][] = [
  ['postgresql+asyncpg://app:p%40ss@postgres:5432/app', 'p@ss', 'postgresql'],
  ['redis://:word@redis:6379/0', 'word', 'redis'],
  ['postgres://app@db/app', undefined, undefined],
  ['postgres://app:@db/app', undefined, undefined],
  ['https://shop.example.com:8443/a@b', undefined, undefined],
  ['sqlite:///data/app.db', undefined, undefined],
];
for (const [url, value, scheme] of inUrls)
  it(`finds ${value === undefined ? 'no password' : 'the password'} in ${url}`, () => {
    const found = secretIn('SECRET', url);
    assert.equal([found?.value, found?.scheme], [value, scheme]);
  });

it('finds the host of a PostgreSQL URL and of no other', () => {
  const hosts = [
    ['postgresql+psycopg://app:x@postgres/app', 'postgres'],
    ['postgres://app:x@a,b/app', undefined],
    ['postgres:///app?host=/run/postgresql', undefined],
    ['mysql://app:x@db/app', undefined],
    ['db', undefined],
  ] as const;
  for (const [url, host] of hosts) assert.is(databaseHostOf(url), host, url);
});

it('takes for a placeholder what nobody has filled in, whatever the key', () => {
  const placeholders = [
    ...['CHANGE_ME', 'changeme', 'please-change-me', 'change-this', '<password>', 'TODO', 'xxx'],
    ...['your-domain.com', 'your_api_key_here', 'put-your-key-here', '***', '…', '{{ token }}'],
    ...['postgres://app:CHANGE_ME@db/app', 'replace_with_real', 'placeholder', 'YOUR_SECRET'],
  ];
  for (const value of placeholders)
    assert.is(placeholderKind(value, {isSecret: false}), 'placeholder', value);
});

it('leaves alone what an application may be called', () => {
  const values = [
    ...['todo', 'Your Shop', 'love-your-pet', 'edit-in-place', 'exchange-mechanism', 'xx', '-'],
    ...['Shop <shop@acme.io>', '["a", "b"]', 'sample', '* * * * *', 'en-US', 'xchange', '[a]'],
  ];
  for (const value of values)
    assert.is(placeholderKind(value, {isSecret: false}), undefined, value);
});

it('takes more for a placeholder where the value is a secret', () => {
  for (const value of ['example', 'sk_live_xxxxxxxxxx', 'my-example-token', 'null', 'mychangeme1'])
    assert.is(placeholderKind(value, {isSecret: true}), 'placeholder', value);
  for (const value of ['9f86d081884c7d659a2feaa0', 'Zx3xxQ-todos', 'kR8/fooB+yxXx1'])
    assert.is(placeholderKind(value, {isSecret: true}), undefined, value);
});

it('knows the hosts that only examples have', () => {
  for (const value of ['https://shop.example.com', 'mail@example.org', 'shop.example'])
    assert.is(placeholderKind(value, {isSecret: false}), 'example host', value);
  for (const value of ['https://example.community', 'examples.acme.io'])
    assert.is(placeholderKind(value, {isSecret: false}), undefined, value);
});

const strengths: readonly [string, string, 'guessable' | 'short' | undefined][] = [
  ['nothing much', 'abc', 'guessable'],
  ['a common word', 'postgres', 'guessable'],
  ['a common word with marks', 'P4ssw0rd!2024', 'guessable'],
  ['common words in a row', 'my-super-secret-key', 'guessable'],
  ['common words without anything between', 'supersecretpassword', 'guessable'],
  ["Django's own", 'django-insecure-x8$k2(v9q-mz_1+r', 'guessable'],
  ['the name of its user', 'shopkeeper', 'guessable'],
  ['a row of digits', '1234567890', 'guessable'],
  ['rows of keys', 'qwertyuiop123', 'guessable'],
  ['one character again and again', 'aaaaaaaaaaaaaaaaaaaa', 'guessable'],
  ['three characters again and again', 'abababababababababac', 'guessable'],
  ['eight letters and digits', 'k3Jq9xTz', 'short'],
  ['a word of nobody', 'gravensteiner', 'short'],
  ['thirteen letters and digits', 'k3Jq9xTzB7mWd', undefined],
  ['24 hexadecimal digits', '9f86d081884c7d659a2feaa0', undefined],
  ['a UUID', '3f2b8c1e-9d47-4a6b-8e15-7c0d2f9a6b34', undefined],
  ['a sentence', 'correct horse battery staple', undefined],
  ['base64', 'Xk9vQ2mZ7LrT4wPnB8sYhJcD1fGaEoUi', undefined],
];
for (const [what, secret, kind] of strengths)
  it(`finds ${what} ${kind ?? 'good enough'}`, () => {
    assert.is(weaknessOf(secret, {names: ['SECRET_KEY', 'shopkeeper']})?.kind, kind);
    assert.not.ok(weaknessOf(secret)?.what.includes(secret));
  });

it('does not take long over long texts', () => {
  const began = performance.now();
  for (const text of [
    'a'.repeat(1e5),
    'abc'.repeat(3e4),
    'password'.repeat(1e4),
    'secrets'.repeat(5),
  ])
    weaknessOf(`${text}!%`);
  assert.ok(performance.now() - began < 1_000);
});

it.run();
