import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { packageRoot } from '../../src/config.ts';
import { openRaster } from '../../src/raster/open-raster.ts';
import { openS3 } from '../../src/storage/s3-source.ts';
import { openBrowser } from '../support/browser.ts';
import { installIntoPrefix } from '../support/jupyter-prefix.ts';
import { askKernel } from '../support/notebook-page.ts';
import { expect, performSteps } from './frontends/steps.ts';
import { configurationSteps } from './hub/configurations.ts';
import { canary, type Hub, hubPython, startHub } from './hub/hub-server.ts';
import { lessonSteps, prepareHome } from './hub/lesson.ts';
import { withoutHub } from './hub/needs.ts';
import { approve, freshPage, logIn, type Person, signUp, startServer } from './hub/people.ts';
import { openSchool, type School } from './hub/school.ts';
import {
  addSystemUser,
  portsOf,
  processesOf,
  removeSystemUser,
  type SystemUser,
} from './hub/system-users.ts';
import { type Belongings, belongingsCode, triesOf, tryAll } from './hub/trespass.ts';
import { type Check, type SuiteOptions, type SuiteResult, suiteResult } from './suite.ts';

interface Student extends Person {
  readonly user: SystemUser;
  readonly page: Page;
}

/**
 * A school on one machine: JupyterHub by the configuration that is shipped, PostgreSQL with passwords, object storage with keys for
 * each, two system users. Both do the first exercise of the course in a browser, through the hub's proxy; then the kernel of
 * one tries to get at what is the other's, and each try is made by its owner too, who must succeed. The short form has one student
 * do the exercise, and tries in one direction.
 */
export async function hub({ short, tell = () => undefined }: SuiteOptions): Promise<SuiteResult> {
  const without = withoutHub();
  if (without !== undefined)
    return suiteResult('hub', [{ name: 'hub', status: 'skipped', message: without }]);
  const folder = mkdtempSync(join(tmpdir(), 'furrow-hub-'));
  chmodSync(folder, 0o711);
  const undo: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const started = performance.now();
  const figures: Record<string, number> = {};
  const checks: Check[] = [];
  try {
    const python = hubPython(tell);
    checks.push(...(await performSteps('hub', configurationSteps(python))));
    const prefix = join(folder, 'prefix');
    await installIntoPrefix(prefix);
    const school = await openSchool(folder, tell);
    undo.push(() => school.close());
    const users: SystemUser[] = [];
    undo.push(() => Promise.all(users.map(removeSystemUser)));
    for (const stem of ['ada', 'bob']) users.push(await addSystemUser(stem, join(folder, 'homes')));
    for (const user of users) await prepareHome(user);
    const admin = {
      name: `grace-${randomBytes(3).toString('hex')}`,
      password: randomBytes(12).toString('hex'),
    };
    const hub = await startHub({ python, folder, prefix, school, admin });
    undo.push(() => hub.stop());
    const browser = await openBrowser();
    undo.push(() => browser.close());
    const students = await Promise.all(users.map((user) => studentOf(browser, user)));
    figures.school_s = seconds(started);

    checks.push(...(await doors(browser, hub, admin, students)));
    const lessons = performance.now();
    for (const student of students) {
      const whole = !short || student === students[0];
      tell(`${student.name} ${whole ? 'does the exercise' : 'opens the notebook'}`);
      checks.push(...(await lesson(student, hub, school, whole)));
    }
    figures.lesson_s = seconds(lessons);
    tell('what is not theirs is tried');
    const trespasses = await tryEverything(students, hub, school, short);
    checks.push(...trespasses);
    figures.refused = trespasses.filter(
      ({ name, status }) => / stranger:/.test(name) && status === 'passed',
    ).length;
    await hub.stop();
    checks.push(...(await performSteps('hub', [['leaves no server behind', () => nothingLeft(users)]])));
    if (checks.some(({ status }) => status === 'failed')) tell(hub.log().slice(-6000));
  } finally {
    // Whatever one of them meets, the others have their turn: users of this machine must not stay behind.
    for (const step of undo.reverse())
      await Promise.resolve()
        .then(step)
        .catch((error: unknown) => tell(`left behind: ${String(error)}`));
  }
  return suiteResult('hub', checks, figures);
}

const seconds = (since: number): number => Math.round((performance.now() - since) / 100) / 10;

async function studentOf(browser: Browser, user: SystemUser): Promise<Student> {
  const page = await freshPage(browser);
  return { user, page, name: user.name, password: randomBytes(12).toString('hex') };
}

/** Signing up, being let in, and the servers' start. */
async function doors(
  browser: Browser,
  hub: Hub,
  admin: Person,
  students: readonly Student[],
): Promise<Check[]> {
  const page = await freshPage(browser);
  const stranger = await freshPage(browser);
  const [first] = students;
  const steps = performSteps(
    'hub',
    [
      [
        "refuses an administrator's name to who does not know the password",
        async () => {
          await signUp(stranger, hub.address, { name: admin.name, password: 'somebody-elses-guess' });
          expect(
            !(await logIn(stranger, hub.address, { ...admin, password: 'somebody-elses-guess' })),
            'logged in',
          );
        },
      ],
      [
        'lets its administrator in',
        async () => {
          await signUp(page, hub.address, admin);
          expect(await logIn(page, hub.address, admin), `not let in: ${page.url()}`);
        },
      ],
      [
        'refuses names that are no names',
        async () => {
          for (const name of ['postgres', 'root', 'furrow_owner', '../etc', 'a"b']) {
            await signUp(stranger, hub.address, { name, password: 'a-long-password' });
            expect(
              !(await logIn(stranger, hub.address, { name, password: 'a-long-password' })),
              `${name} is in`,
            );
          }
        },
      ],
      [
        'lets students in once they are approved',
        async () => {
          for (const student of students) {
            await signUp(student.page, hub.address, student);
            expect(!(await logIn(student.page, hub.address, student)), `${student.name} came in unapproved`);
            await approve(page, hub.address, student.name);
            expect(await logIn(student.page, hub.address, student), `${student.name} is not let in`);
          }
        },
      ],
      [
        'refuses a server whose home others can enter',
        async () => {
          if (first === undefined) return;
          const { home } = first.user;
          chmodSync(home, 0o755);
          await startServer(first.page, hub.address, first.name).then(
            () => expect(false, 'it was started'),
            (error: unknown) => expect(/0700/.test(String(error)), String(error)),
          );
          chmodSync(home, 0o700);
        },
      ],
      [
        'starts a server for each student',
        async () => {
          for (const { page: own, name, user } of students) {
            await startServer(own, hub.address, name);
            expect((statSync(user.home).mode & 0o777) === 0o700, 'the home is no longer 0700');
          }
        },
      ],
    ],
    { limitMs: 120_000 },
  );
  return steps;
}

/** A student's hour; not the whole of it where only an open notebook is wanted. */
async function lesson(
  { page, user, name }: Student,
  hub: Hub,
  school: School,
  whole: boolean,
): Promise<Check[]> {
  const { results, s3 } = school;
  const saved = async (address: string) => {
    const { info } = await openRaster(await openS3(address, { settings: s3.settings }));
    expect(info.width > 100 && info.crs === 'EPSG:32632', `the image is ${info.width} wide in ${info.crs}`);
  };
  const steps = lessonSteps(page, hub.address, user, { results, saved });
  const pictures = join(packageRoot(), 'test', 'artefacts');
  mkdirSync(pictures, { recursive: true });
  const picture = () => page.screenshot({ path: join(pictures, 'hub-lesson.png') });
  return await performSteps(shortName(name), whole ? steps : steps.slice(0, 1), {
    limitMs: 180_000,
    failed: picture,
  });
}

/** A name without the part that makes it unique on this machine. */
const shortName = (name: string): string => name.replace(/-\w+$/, '');

async function tryEverything(
  students: readonly Student[],
  hub: Hub,
  school: School,
  short: boolean,
): Promise<Check[]> {
  const checks: Check[] = [];
  for (const owner of short ? students.slice(0, 1) : students) {
    const stranger = students.find((one) => one !== owner);
    if (stranger === undefined) continue;
    checks.push(
      ...(await performSteps(shortName(owner.name), [
        ['has an environment that holds nothing of the hub', () => plainEnvironment(owner.page)],
      ])),
    );
    const told = await askKernel(owner.page, belongingsCode(owner.name));
    if (!told.startsWith('{')) {
      checks.push({
        name: `${shortName(owner.name)}: has belongings`,
        status: 'failed',
        message: told.slice(0, 800),
      });
      continue;
    }
    const theirs: Belongings = { ...(JSON.parse(told) as Omit<Belongings, 'user'>), user: owner.user };
    const ports = async () => {
      const open = await portsOf(owner.user.uid);
      expect(open.length === 1 && open[0] === theirs.serverPort, `ports ${open.join(', ')} are open`);
    };
    checks.push(
      ...(await performSteps(shortName(owner.name), [['has kernels without a port of the machine', ports]])),
    );
    const tries = triesOf(theirs, hub, school);
    checks.push(...(await tryAll(stranger.page, tries, { from: shortName(stranger.name), as: 'stranger' })));
    checks.push(...(await tryAll(owner.page, tries, { from: shortName(owner.name), as: 'owner' })));
  }
  return checks;
}

async function plainEnvironment(page: Page): Promise<void> {
  const told = await askKernel(page, 'console.log(JSON.stringify(process.env))');
  const names = Object.keys(JSON.parse(told) as Record<string, string>);
  const own = names.filter(
    (name) => name.startsWith('FURROW_HUB_') || name in canary || name.startsWith('CONFIGPROXY'),
  );
  expect(own.length === 0 && names.includes('FURROW_STORE'), `it holds ${own.join(', ')}`);
  expect(
    !told.includes(Object.values(canary)[0] ?? '') && !told.includes('administrator:'),
    'it holds a secret',
  );
}

async function nothingLeft(users: readonly SystemUser[]): Promise<void> {
  for (let tried = 0; tried < 50; tried++) {
    const left = (await Promise.all(users.map(({ uid }) => processesOf(uid)))).flat();
    if (left.length === 0) return;
    await new Promise((done) => setTimeout(done, 200));
  }
  expect(false, 'processes of the students are still there');
}
