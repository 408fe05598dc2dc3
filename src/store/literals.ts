import { escapeLiteral } from 'pg';
import { InvalidArgument } from '../errors.ts';
import type { QueryValue } from './store.ts';

/** An element of an array in PostgreSQL's text format. */
function element(value: QueryValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `{${value.map(element).join(',')}}`;
  return typeof value === 'number' ? String(value) : `"${textOf(value).replaceAll(/["\\]/g, '\\$&')}"`;
}

function textOf(value: QueryValue): string {
  if (value instanceof Date) return value.toISOString();
  if (Buffer.isBuffer(value))
    throw new InvalidArgument('a value in binary format cannot stand in the text of a statement');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function literal(value: QueryValue): string {
  if (value === null) return 'null';
  return escapeLiteral(Array.isArray(value) ? element(value) : textOf(value));
}

/**
 * A statement with its values $1, $2, ... written into it as quoted literals without a type, for the statements that take no
 * parameters (COPY, DECLARE). `$` and a digit may stand nowhere else in the text. Throws `InvalidArgument` for a value in binary
 * format or a number without a value.
 */
export function withLiterals(text: string, values: readonly QueryValue[]): string {
  return text.replaceAll(/\$(\d+)/g, (_, digits: string) => {
    const value = values[Number(digits) - 1];
    if (value === undefined) throw new InvalidArgument(`a statement names $${digits} and has no such value`);
    return literal(value);
  });
}
