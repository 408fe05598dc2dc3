import { spawn } from 'node:child_process';

/** Whether a browser could show up: always on macOS, on Linux with a display. */
export function hasDisplay(
  environment: NodeJS.ProcessEnv = process.env,
  platform = process.platform,
): boolean {
  return platform === 'darwin' || Boolean(environment.DISPLAY || environment.WAYLAND_DISPLAY);
}

/** Opens the address in the user's browser. Where that fails the printed address is still there to click. */
export function openBrowser(address: string): void {
  const opener = process.platform === 'darwin' ? 'open' : 'xdg-open';
  // Detached: the browser is the user's, it must outlive Furrow.
  const child = spawn(opener, [address], { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}
