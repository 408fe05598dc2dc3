import { readFileSync } from 'node:fs';
import { createRequire, findPackageJSON } from 'node:module';
import type { Handler } from '../dispatch.ts';
import { protocolVersion } from '../messages.ts';

/** Answers `kernel_info_request` (messaging 5.5): who this is, and the language that cells are written in. */
export function answerKernelInfo(): Handler {
  const own = findPackageJSON('..', import.meta.url);
  const version = own === undefined ? '0.0.0' : versionIn(own);
  const typescript = versionIn(createRequire(import.meta.url).resolve('typescript/package.json'));
  const info = {
    protocol_version: protocolVersion,
    implementation: 'furrow',
    implementation_version: version,
    language_info: {
      name: 'typescript',
      version: typescript,
      mimetype: 'application/typescript',
      file_extension: '.ts',
      pygments_lexer: 'typescript',
      // JupyterLab finds its editor mode by this name first.
      codemirror_mode: 'typescript',
      nbconvert_exporter: 'script',
    },
    banner: `Furrow ${version}: TypeScript ${typescript} on Node ${process.versions.node}`,
    debugger: true,
    supported_features: ['debugger', 'kernel subshells'],
    help_links: [
      { text: 'TypeScript', url: 'https://www.typescriptlang.org/docs/' },
      { text: 'Node.js', url: 'https://nodejs.org/api/' },
    ],
  };
  return () => info;
}

function versionIn(file: string): string {
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version?: unknown };
  return typeof version === 'string' ? version : '0.0.0';
}
