import { spawn } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Whether a browser could show up: always on macOS, on Linux with a display. */
export function hasDisplay(
  environment: NodeJS.ProcessEnv = process.env,
  platform = process.platform,
): boolean {
  return platform === 'darwin' || Boolean(environment.DISPLAY || environment.WAYLAND_DISPLAY);
}

export interface OpenBrowserOptions {
  /** Where the page that leads to the address is written, `.html`; only this user can read it. */
  readonly page: string;
  readonly environment?: NodeJS.ProcessEnv | undefined;
}

/**
 * Opens the address in the user's browser, by way of a page: the address holds the token, and the arguments of a process
 * are public in `ps`. Where that fails the printed address is still there to click.
 */
export async function openBrowser(
  address: string,
  { page, environment = process.env }: OpenBrowserOptions,
): Promise<void> {
  try {
    await writeRedirect(page, address);
  } catch {
    return;
  }
  const opener = process.platform === 'darwin' ? 'open' : 'xdg-open';
  // Detached: the browser is the user's, it must outlive Furrow.
  const child = spawn(opener, [page], { stdio: 'ignore', detached: true, env: environment });
  child.on('error', () => undefined);
  child.unref();
}

async function writeRedirect(page: string, address: string): Promise<void> {
  const target = escapeHtml(address);
  const text = `<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url=${target}">
<title>Furrow</title>
<p><a href="${target}">Open Furrow</a></p>
`;
  await mkdir(dirname(page), { recursive: true, mode: 0o700 });
  // Made anew: the mode of a file that is there already would stay.
  await rm(page, { force: true });
  await writeFile(page, text, { flag: 'wx', mode: 0o600 });
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
