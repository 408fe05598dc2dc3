import { limits } from './limits.ts';
import { settings } from './settings.ts';

const groups: readonly (readonly [group: string, title: string])[] = [
  ['data', 'Data'],
  ['storage', 'Storage'],
  ['server', 'Server (`furrow serve`)'],
  ['accounts', 'Accounts'],
  ['jobs', 'Jobs'],
  ['kernel', 'Kernel'],
];

/** The reference of all settings and limits as Markdown, with a table a group. */
export function settingsPage(): string {
  const entries = Object.values(settings);
  const tables = groups.flatMap(([group, title]) => {
    const own = entries.filter((entry) => entry.group === group);
    if (own.length === 0) return [];
    const rows = own.map(
      ({ variable, what, value, secret }) =>
        `| \`${variable}\` | ${cell(what)}${secret ? ' Secret.' : ''} | ${value === undefined ? '' : `\`${value}\``} |`,
    );
    return [`## ${title}\n\n| variable | what it sets | default |\n|---|---|---|\n${rows.join('\n')}\n`];
  });
  const bounds = Object.values(limits)
    .toSorted((one, other) => (one.variable < other.variable ? -1 : 1))
    .map(({ variable, what, value }) => `| \`${variable}\` | ${cell(what)} | ${value} |`);
  return `# Configuration

Made from the code by \`furrow settings\`; a test compares. Everything is set by variables of the environment.

${tables.join('\n')}
## Limits

Positive whole numbers. An error that a limit causes names it.

| variable | what it bounds | default |
|---|---|---|
${bounds.join('\n')}
`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
