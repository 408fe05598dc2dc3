import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { addressKey, openTries, triesOfAddress, triesOfName } from '../../src/accounts/login-tries.ts';
import { addAccount } from '../../src/accounts/users.ts';
import { CredentialsInvalid, TooManyRequests } from '../../src/errors.ts';
import { withoutPostgres } from '../store/scratch-postgres.ts';
import { type AccountStore, basic, plainAccounts, startAccountStore } from './account-store.ts';

describe('tries', () => {
  test('come back with time, one after another, and never more than at first', () => {
    let now = 1_000_000;
    const tries = openTries({ burst: 3, everyMs: 1000 }, () => new Date(now));
    const taken = () => [1, 2, 3, 4].map(() => tries.take('x') === undefined);
    assert.deepEqual(taken(), [true, true, true, false]);
    assert.equal(tries.take('x'), 1000);
    now += 999;
    assert.equal(tries.take('x'), 1);
    now += 1;
    assert.deepEqual(taken(), [true, false, false, false]);
    now += 1e9;
    assert.deepEqual(taken(), [true, true, true, false]);
    tries.giveBack('x');
    assert.deepEqual(taken(), [true, false, false, false]);
    // A clock that was set back.
    now -= 1e8;
    assert.deepEqual(taken(), [false, false, false, false]);
  });

  test('of a hundred thousand invented names take no more memory than of one, and hold up few others', () => {
    const tries = openTries({ burst: 10, everyMs: 60_000 }, () => new Date(0));
    for (let i = 0; i < 10; i++) tries.take('victim');
    for (let i = 0; i < 5_000; i++) tries.take(`invented ${i}`);
    assert.ok(tries.take('victim') !== undefined);
    const held = Array.from({ length: 1000 }, (_, i) => tries.take(`other ${i}`)).filter(Boolean).length;
    assert.ok(held < 10, `${held} of 1000 others are held up`);
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 100_000; i++) tries.take(`invented ${i}`);
    globalThis.gc?.();
    assert.ok(process.memoryUsage().heapUsed - before < 24 * 2 ** 20);
  });

  test('of addresses are counted by network where one customer has many', () => {
    assert.equal(addressKey('192.0.2.1'), '192.0.2.1');
    assert.equal(addressKey('::ffff:192.0.2.1'), '192.0.2.1');
    assert.equal(addressKey('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2');
    assert.equal(addressKey('2001:db8:1:2::9'), '2001:db8:1:2');
    assert.equal(addressKey('2001:0db8:0001:0002::'), '2001:db8:1:2');
    assert.equal(addressKey('2001:db8::1'), '2001:db8:0:0');
    assert.equal(addressKey('fe80::1%eth0'), 'fe80:0:0:0');
    assert.equal(addressKey('::1'), '0:0:0:0');
  });
});

describe('guessing passwords', { skip: withoutPostgres ?? false }, () => {
  let own: AccountStore;
  // Few passes: what is tested is the counting.
  const quick = '$scrypt$ln=8,r=8,p=1$';
  const others = ['one', 'two', 'three', 'four', 'five', 'six'];
  before(async () => {
    own = await startAccountStore();
    const { scryptSync } = await import('node:crypto');
    const salt = Buffer.from('sixteen bytes...');
    for (const name of ['alice', 'bob', 'carol', ...others]) {
      const hash = scryptSync(`the secret of ${name}`, salt, 32, { N: 2 ** 8, r: 8, p: 1 });
      const unpadded = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
      await addAccount(own.store, { name, password: `${quick}${unpadded(salt)}$${unpadded(hash)}` });
    }
  });
  after(() => own?.close());

  const outcome = (work: Promise<unknown>) =>
    work.then(
      () => 'in',
      (error: unknown) =>
        error instanceof TooManyRequests
          ? 'wait'
          : error instanceof CredentialsInvalid
            ? 'wrong'
            : String(error),
    );

  test('of one account ends after some tries, from however many addresses, also for the right password', async () => {
    const accounts = plainAccounts(own);
    const guess = (password: string, address: string) =>
      outcome(accounts.authenticate(basic('alice', password), { address }));
    assert.equal(await guess('the secret of alice', '192.0.2.1'), 'in');
    for (let i = 0; i < triesOfName.burst; i++)
      assert.equal(await guess(`guess ${i}`, `198.51.100.${i}`), 'wrong');
    assert.equal(await guess('guess', '203.0.113.1'), 'wait');
    // Whoever was let in before with this very password is not locked out by others.
    assert.equal(await guess('the secret of alice', '192.0.2.1'), 'in');
    const elsewhere = plainAccounts(own);
    for (let i = 0; i < triesOfName.burst; i++)
      assert.equal(
        await outcome(elsewhere.authenticate(basic('bob', `guess ${i}`), { address: `198.51.100.${i}` })),
        'wrong',
      );
    const right = () =>
      outcome(elsewhere.authenticate(basic('bob', 'the secret of bob'), { address: '192.0.2.2' }));
    assert.equal(await right(), 'wait');
    own.time.now += triesOfName.everyMs;
    assert.equal(await right(), 'in');
  });

  test('of many names from one address ends, also of names that nobody has, and others are let in', async () => {
    const accounts = plainAccounts(own);
    const from = (address: string, name: string, password = 'a guess') =>
      outcome(accounts.authenticate(basic(name, password), { address }));
    const address = '2001:db8:1:2::1';
    for (let i = 0; i < triesOfAddress.burst; i++) {
      const name = i % 10 === 0 ? `nobody${i}` : (others[i % others.length] ?? '');
      assert.equal(await from(`2001:db8:1:2::${i}`, name), 'wrong');
    }
    assert.equal(await from(address, 'yet-another'), 'wait');
    assert.equal(await from(address, 'bob', 'the secret of bob'), 'wait');
    assert.equal(await from('192.0.2.3', 'bob', 'the secret of bob'), 'in');
  });

  test('many at once do not slip through before the first is counted', async () => {
    const accounts = plainAccounts(own);
    own.time.now += 3_600_000;
    const all = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        outcome(accounts.authenticate(basic('carol', `guess ${i}`), { address: `198.51.100.${i}` })),
      ),
    );
    assert.equal(all.filter((what) => what === 'wrong').length, triesOfName.burst);
    assert.equal(all.filter((what) => what === 'wait').length, 40 - triesOfName.burst);
  });

  test('a right password takes no try, and renews how it is stored', async () => {
    const accounts = plainAccounts(own);
    for (let i = 0; i < triesOfName.burst + 5; i++) {
      assert.equal(
        await outcome(accounts.authenticate(basic('bob', 'the secret of bob'), { address: '192.0.2.4' })),
        'in',
      );
      own.time.now += 4_000;
    }
    const [row] = await own.store.query<{ password: string }>(
      `select password from furrow.account where name = 'bob'`,
    );
    assert.match(row?.password ?? '', /^\$scrypt\$ln=15,/);
  });
});
