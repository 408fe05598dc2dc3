import { settingsPage } from '../src/settings-page.ts';
import { readArguments } from './read-arguments.ts';
import type { SeasonCommand } from './season-command.ts';

export const settingsCommand: SeasonCommand = {
  usage: ['settings', 'print the reference of all settings and limits'],
  help: `furrow settings

Prints every variable of the environment that Furrow reads, with its default, as Markdown: the page CONFIGURATION.md.`,
  async run(argv) {
    readArguments('settings', argv, {}, []);
    process.stdout.write(settingsPage());
    return 0;
  },
};
