import type { Browser, Page } from 'playwright-core';
import { expect } from '../frontends/steps.ts';

export interface Person {
  readonly name: string;
  readonly password: string;
}

/** A page of a browser that nobody has logged in with. */
export async function freshPage(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1400, height: 1060 } });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  return page;
}

/** Signs up; gives what the page says. */
export async function signUp(page: Page, hub: string, { name, password }: Person): Promise<string> {
  await page.goto(`${hub}hub/signup`);
  await page.fill('#username_input', name);
  await page.fill('#password_input', password);
  await page.fill('#password_confirmation_input', password);
  await page.click('#signup_submit');
  return (await page.locator('.alert').first().textContent())?.trim() ?? '';
}

/** Logs in; gives whether the hub let them. */
export async function logIn(page: Page, hub: string, { name, password }: Person): Promise<boolean> {
  await page.goto(`${hub}hub/login?next=${encodeURIComponent('/hub/home')}`);
  await page.fill('#username_input', name);
  await page.fill('#password_input', password);
  await page.click('#login_submit');
  await page.waitForLoadState();
  return new URL(page.url()).pathname === '/hub/home';
}

/** An administrator lets somebody in, on the page that lists who signed up. */
export async function approve(page: Page, hub: string, name: string): Promise<void> {
  await page.goto(`${hub}hub/authorize`);
  const link = page.locator(`a[href*="authorize/${name}"]`).first();
  await link.click();
  await page.waitForLoadState();
}

/** Starts the server of who is logged in, and waits for it. */
export async function startServer(page: Page, hub: string, name: string): Promise<void> {
  await page.goto(`${hub}hub/spawn`);
  let told = '';
  for (const until = Date.now() + 90_000; Date.now() < until; await page.waitForTimeout(500)) {
    if (new URL(page.url()).pathname.startsWith(`/user/${name}/lab`)) return;
    told =
      (await page
        .locator('body')
        .textContent()
        .catch(() => null)) ?? '';
    if (/spawn failed|error \(|: error/i.test(told)) break;
  }
  expect(false, `the hub is at ${page.url()}: ${told.replace(/\s+/g, ' ').slice(0, 1500)}`);
}
