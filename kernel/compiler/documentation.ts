import type TypeScript from 'typescript';

type Parts = readonly TypeScript.SymbolDisplayPart[] | undefined;

/** A JSDoc comment as plain text and as Markdown; both empty where there is none. */
export interface Documentation {
  readonly plain: string;
  readonly markdown: string;
}

/** The text of a JSDoc comment and its tags; that something is deprecated comes first. */
export function documentationOf(
  parts: Parts,
  tags: readonly TypeScript.JSDocTagInfo[] | undefined,
): Documentation {
  const text = linked(parts);
  const all = (tags ?? []).map(({ name, text: said }) => ({ name, text: linked(said) }));
  const ordered = [
    ...all.filter(({ name }) => name === 'deprecated'),
    ...all.filter(({ name }) => name !== 'deprecated'),
  ];
  const deprecated = ordered.filter(({ name }) => name === 'deprecated');
  const others = ordered.filter(({ name }) => name !== 'deprecated');
  const plainTags = (some: typeof all) =>
    some.map(({ name, text: said }) => `@${name} ${said}`.trimEnd()).join('\n');
  return {
    plain: blocks([plainTags(deprecated), text, plainTags(others)]),
    markdown: blocks([
      ...deprecated.map(({ text: said }) => `**Deprecated.** ${said}`.trimEnd()),
      text,
      ...joinLines(others.map(markdownTag)),
    ]),
  };
}

/** Paragraphs with an empty line between them. */
export function blocks(texts: readonly string[]): string {
  return texts.filter(Boolean).join('\n\n');
}

/** Code as a block of Markdown, which nothing in it ends. */
export function fenced(code: string, language = 'typescript'): string {
  const runs = code.match(/`{3,}/g) ?? [];
  const fence = '`'.repeat(Math.max(2, ...runs.map(({ length }) => length)) + 1);
  return `${fence}${language}\n${code}\n${fence}`;
}

/** Text with `{@link name title}` as its title, else its name. */
function linked(parts: Parts = []): string {
  return parts
    .filter(({ kind }, at) => kind !== 'link' && !(kind === 'linkName' && parts[at + 1]?.kind === 'linkText'))
    .map(({ kind, text }) => (kind === 'linkText' ? text.replace(/^[\s|]+/, '') : text))
    .join('');
}

function markdownTag({ name, text }: { name: string; text: string }): string {
  if (name === 'example') {
    const caption = /^<caption>(.*?)<\/caption>\s*/s.exec(text);
    const code = text.slice(caption?.[0].length ?? 0).trim();
    return blocks([
      `*@example*${caption ? ` ${caption[1]}` : ''}`,
      code.startsWith('```') ? code : fenced(code),
    ]);
  }
  if (/^(param|template|property|typeParam|throws)$/.test(name)) {
    const [, first = '', rest = ''] = /^(\S+)\s*(?:-\s*)?([\s\S]*)$/.exec(text) ?? [];
    return `*@${name}*${first ? ` \`${first}\`` : ''}${rest ? ` ${rest}` : ''}`;
  }
  return `*@${name}* ${text}`.trimEnd();
}

/** Tags of one line each stand on lines of one paragraph. */
function joinLines(tags: readonly string[]): string[] {
  const joined: string[] = [];
  for (const tag of tags) {
    const last = joined.at(-1);
    if (last !== undefined && !last.includes('\n\n') && !tag.includes('\n\n'))
      joined[joined.length - 1] = `${last}  \n${tag}`;
    else joined.push(tag);
  }
  return joined;
}
