import { Type } from 'typebox';
import { escapeHtml } from '../session/rich-text.ts';
import type { App } from './app.ts';
import { type Doors, openeoPrefix } from './doors.ts';

/** What a person sees who opens the address of the server in a browser: what is here, and where clients connect. */
export function homeRoute(app: App, { address, accounts }: Doors): void {
  app.get(
    '/',
    {
      config: { access: 'open' },
      schema: {
        summary: 'What is here',
        tags: ['server'],
        produces: ['text/html'],
        response: { 200: Type.String({ description: 'A page.' }) },
      },
    },
    async (_request, reply) =>
      reply.type('text/html; charset=utf-8').send(page(address(), accounts !== undefined)),
  );
}

function page(address: string, accounts: boolean): string {
  const at = (path: string) => escapeHtml(`${address}${path}`);
  const link = (path: string, words: string) => `<li><a href="${at(path)}">${escapeHtml(words)}</a></li>`;
  const openeo = at(openeoPrefix);
  const login = accounts ? '\nconnection.authenticate_basic("NAME", "PASSWORD")' : '';
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Furrow</title>
<meta name="viewport" content="width=device-width">
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem;color:#1c2a1c}
pre{background:#f2f5ef;padding:1rem;overflow:auto;border-radius:6px}a{color:#23662b}</style></head>
<body><h1>Furrow</h1>
<p>${accounts ? 'This server asks who you are: with the name and password of your account, or a token.' : 'This server is for the person at this machine.'}</p>
<h2>openEO</h2>
<p>Clients connect to <code>${openeo}</code>, from Python:</p>
<pre>import openeo
connection = openeo.connect("${openeo}")${login}
connection.list_collection_ids()</pre>
<ul>${link(`${openeoPrefix}/collections`, 'Collections')}${link(`${openeoPrefix}/processes`, 'Processes')}${link(`${openeoPrefix}/file_formats`, 'File formats')}</ul>
<h2>Parcels and tiles</h2>
<ul>${link('/parcels', 'Datasets of parcels')}${link('/query/info', 'The same by the paths of the JRC service')}</ul>
<h2>About this server</h2>
<ul>${link('/openapi.json', 'Description of all routes (OpenAPI)')}${link('/health', 'Health')}${link('/ready', 'Readiness')}</ul>
</body></html>
`;
}
