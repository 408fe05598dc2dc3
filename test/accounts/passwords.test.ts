import assert from 'node:assert/strict';
import { scryptSync } from 'node:crypto';
import { describe, test } from 'node:test';
import { isOutdated, openPasswords } from '../../src/accounts/passwords.ts';
import { Cancelled, InvalidArgument, StoreFailure, TooManyRequests } from '../../src/errors.ts';

const password = 'correct horse battery';

/** A stored password as scrypt itself makes it. */
function stored(ln: number, p = 1, text = password): string {
  const salt = Buffer.from('sixteen bytes...');
  const hash = scryptSync(text, salt, 32, { N: 2 ** ln, r: 8, p, maxmem: 2 ** 28 });
  const unpadded = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
  return `$scrypt$ln=${ln},r=8,p=${p}$${unpadded(salt)}$${unpadded(hash)}`;
}

describe('passwords', () => {
  test('are stored with their parameters and a salt of their own', async () => {
    const { hash, matches } = openPasswords();
    const [one, other] = await Promise.all([hash(password), hash(password)]);
    assert.match(one, /^\$scrypt\$ln=15,r=8,p=3\$[\w+/]{22}\$[\w+/]{43}$/);
    assert.notEqual(one, other);
    assert.ok(await matches(password, one));
    assert.ok(!(await matches(`${password} `, one)));
    assert.ok(!isOutdated(one));
  });

  test('made with other parameters are still right, and known to be old', async () => {
    const old = stored(10);
    assert.ok(await openPasswords().matches(password, old));
    assert.ok(!(await openPasswords().matches('something else', old)));
    assert.ok(isOutdated(old));
  });

  test('that would take the memory of the machine, or are none, are not tried', async () => {
    for (const bad of [
      stored(10).replace('ln=10', 'ln=30'),
      stored(10).replace('r=8', 'r=99'),
      stored(10).replace('ln=10', 'ln=0'),
      stored(10).slice(0, -5),
      '$2b$12$abc',
      '',
    ])
      await assert.rejects(openPasswords().matches(password, bad), StoreFailure, bad);
  });

  test('are not set when they are too short or too long', async () => {
    for (const bad of ['', 'too short', 'x'.repeat(1025)])
      await assert.rejects(openPasswords().hash(bad), InvalidArgument);
    assert.equal(await openPasswords().matches('x'.repeat(2000), stored(10)), false);
  });

  test('take as long where there is no account', async () => {
    const { hash, matches } = openPasswords();
    const known = await hash(password);
    const cpu = async (shown: string | undefined) => {
      const before = process.cpuUsage();
      assert.equal(await matches('not that password', shown), false);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    const median = async (shown: string | undefined) => {
      const all = [await cpu(shown), await cpu(shown), await cpu(shown), await cpu(shown), await cpu(shown)];
      return all.sort((a, b) => a - b)[2] ?? 0;
    };
    const [there, absent] = [await median(known), await median(undefined)];
    assert.ok(absent > there * 0.6 && absent < there * 1.7, `${there} us with an account, ${absent} without`);
  });

  test('are checked two at a time; who comes when too many wait is sent away, who gave up is not checked', async () => {
    const { matches } = openPasswords();
    const known = stored(12, 4);
    const leaving = new AbortController();
    const before = process.memoryUsage().rss;
    const all = Array.from({ length: 80 }, (_, i) =>
      matches(password, known, { signal: i === 10 ? leaving.signal : undefined }).then(
        (right) => right,
        (error: unknown) => error,
      ),
    );
    leaving.abort();
    const outcomes = await Promise.all(all);
    assert.equal(outcomes.filter((outcome) => outcome === true).length, 49);
    assert.equal(outcomes.filter((outcome) => outcome instanceof TooManyRequests).length, 30);
    assert.ok(outcomes[10] instanceof Cancelled);
    assert.ok(process.memoryUsage().rss - before < 96 * 2 ** 20);
    assert.equal(await matches(password, known), true);
  });
});
