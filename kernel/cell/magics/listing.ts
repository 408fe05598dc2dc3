import { magicNames, magicTable } from '../../compiler/magic-table.ts';
import { sendText } from '../channel.ts';
import type { MagicUse } from './magic-use.ts';
import { htmlTable, textTable } from './names.ts';

/** `%lsmagic`: names of all magics. */
export function listMagics(): void {
  const lines = `Line magics:\n${magicNames('line').join('  ')}\n\nCell magics:\n${magicNames('cell').join('  ')}\n`;
  sendText('stdout', `${lines}\n%magic tells what they do, %NAME? more about one.\n`);
}

/** `%magic`: what all magics do, as a table. */
export function showTable({ display }: MagicUse): void {
  const head = ['Magic', 'What it does'];
  const rows = Object.values(magicTable).map(({ usage, help }) => [usage, help]);
  display.bundle({ 'text/html': htmlTable(head, rows), 'text/plain': textTable(head, rows) });
}
