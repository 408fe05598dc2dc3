import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { hasDisplay, openBrowser } from '../../start/browser.ts';

test('the browser gets a page that only this user can read, and no token in its arguments', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'furrow browser '));
  try {
    const said = join(folder, 'said');
    const script = `#!/bin/sh\nprintf '%s' "$*" > "${said}.draft"; mv "${said}.draft" "${said}"\n`;
    await mkdir(join(folder, 'bin'));
    for (const name of ['xdg-open', 'open'])
      await writeFile(join(folder, 'bin', name), script, { mode: 0o755 });
    const page = join(folder, 'runtime', 'open.html');
    await mkdir(join(folder, 'runtime'));
    await writeFile(page, 'an old one, public', { mode: 0o644 });
    const environment = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}` };
    await openBrowser(`http://127.0.0.1:1/lab?token=secret&x="><script>`, { page, environment });
    let argument = '';
    for (const until = Date.now() + 10_000; argument === '' && Date.now() < until; )
      argument = await readFile(said, 'utf8').catch(
        () => new Promise<''>((done) => setTimeout(done, 20, '')),
      );
    assert.equal(argument, page);
    assert.equal((await stat(page)).mode & 0o777, 0o600);
    const html = await readFile(page, 'utf8');
    assert.match(html, /url=http:\/\/127\.0\.0\.1:1\/lab\?token=secret&#38;x=&#34;&#62;&#60;script&#62;"/);
    assert.doesNotMatch(html, /<script/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a page that cannot be written is no failure', async () => {
  await openBrowser('http://127.0.0.1:1/', {
    page: '/dev/null/open.html',
    environment: { PATH: '/nowhere' },
  });
  assert.equal(hasDisplay({}, 'linux'), false);
  assert.equal(hasDisplay({ WAYLAND_DISPLAY: 'wayland-0' }, 'linux'), true);
});
