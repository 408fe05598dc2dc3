import { headerOf, messageId, type Probe, Raw, replyType, type SendChannel, seal } from './message.ts';
import { oddNames, type Random } from './random.ts';
import { commMessages, type Known, requests } from './requests.ts';

/** A message that is signed but not what the protocol says, or not signed, or no message at all. */
export function malformedMessage(random: Random, known: Known): Probe {
  const make = random.weighted<(random: Random, known: Known) => Probe>([
    [40, signedWrong],
    [8, strangeType],
    [6, wrongComm],
    [6, strangeHeader],
    [30, refused],
  ]);
  return make(random, known);
}

/** A request whose content is wrong: one reply, whatever it says. */
function signedWrong(random: Random, known: Known): Probe {
  const type = random.pick(Object.keys(requests).filter((name) => name !== 'interrupt_request'));
  const good = requests[type]?.(random, known) ?? {};
  return request(random, type, wrongContent(random, good));
}

function wrongContent(random: Random, good: Record<string, unknown>): unknown {
  const field = random.pick([...Object.keys(good), 'code', 'subshell_id']);
  return random.weighted<() => unknown>([
    [6, () => ({ ...good, [field]: otherKind(random, good[field]) })],
    [2, () => ({ ...good, [field]: undefined })],
    [1, () => ({ ...good, [random.pick(oddNames)]: random.json() })],
    [1, () => random.pick([[], [good], null, 5, 'text', true, {}])],
    [1, () => new Raw(`{"${field}":${nested(random.pick([400, 600, 5000, 200_000]))}}`)],
    [1, () => new Raw(`{"code":"x","cursor_pos":${random.pick(['1e999', '-0', '1e308', '0.5', '-1'])}}`)],
    [1, () => new Raw(`{"code":"1","code":${JSON.stringify(random.json())}}`)],
    [
      1,
      () => new Raw(Buffer.concat([Buffer.from('{"code":"'), Buffer.from([0xff, 0xc3]), Buffer.from('"}')])),
    ],
    [0.2, () => ({ ...good, [field]: 'é'.repeat(2 ** 20) })],
    [0.2, () => ({ ...good, [field]: Array(200_000).fill(0) })],
  ])();
}

/** A value of another JSON type than this one. */
function otherKind(random: Random, value: unknown): unknown {
  for (;;) {
    const other = random.pick([random.json(), 1.5, -1, 1e300, [], {}, 'text', true]);
    if (typeof other !== typeof value || Array.isArray(other) !== Array.isArray(value)) return other;
  }
}

function nested(levels: number): string {
  return '['.repeat(levels) + ']'.repeat(levels);
}

/** Types that nobody knows: requests get a reply, everything else the pair alone. */
function strangeType(random: Random): Probe {
  const word = random.pick([
    ...oddNames,
    'execute',
    '',
    random.text(20),
    '"',
    'a"b',
    'x'.repeat(5000),
    'comm_msgs',
  ]);
  const type = `${word}${random.pick(['_request', '_request', '_reply', '', '_requests'])}`;
  const known = Object.hasOwn(requests, type);
  return request(random, known ? `${type}${word}_request` : type, random.json());
}

function wrongComm(random: Random, known: Known): Probe {
  const type = random.pick(Object.keys(commMessages));
  const good = commMessages[type]?.(random, known) ?? {};
  return request(random, type, wrongContent(random, good));
}

/** A request that is right but for odd fields of its header, its parent or its metadata, or odd frames around it. */
function strangeHeader(random: Random): Probe {
  const id = `${messageId()}${random.text()}`;
  const more = {
    [random.pick(['date', 'version', 'session', 'username', 'subshell_id', ...oddNames])]: random.json(),
  };
  const type = random.pick([
    'kernel_info_request',
    'comm_info_request',
    'history_request',
    'execute_request',
  ]);
  const content = { code: '1', hist_access_type: 'tail', stop_on_error: false };
  const parts = {
    header: { ...headerOf(id, type), ...more },
    parent: random.object(),
    metadata: random.object(),
    content,
  };
  const identities = random.chance(0.3) ? [Buffer.from('extra'), random.bytes(300)] : [];
  const buffers = random.chance(0.3)
    ? [random.bytes(100), Buffer.alloc(random.pick([0, 10, 1_000_000]))]
    : [];
  const frames = seal(parts, { identities, buffers });
  return { name: type, id, channel: 'shell', expected: 'reply', reply: replyType(type), frames };
}

function request(random: Random, type: string, content: unknown): Probe {
  const id = messageId();
  const channel = random.chance(0.7) ? 'shell' : 'control';
  const reply = type.endsWith('_request');
  return {
    name: type.slice(0, 40),
    id,
    channel,
    expected: reply ? 'reply' : 'pair',
    reply: reply ? replyType(type) : undefined,
    frames: seal({ header: headerOf(id, type), content: content === undefined ? {} : content }),
  };
}

/** Frames that must get no answer on any socket. */
function refused(random: Random, known: Known): Probe {
  const id = messageId();
  const type = random.pick([...Object.keys(requests), 'shutdown_request', 'comm_open']);
  const content = requests[type]?.(random, known) ?? { restart: false, comm_id: 'x', target_name: 'y' };
  const header = headerOf(id, type);
  const good = seal({ header, content });
  const name = random.pick(Object.keys(spoils));
  const frames = (spoils[name] as Spoil)(good, { header, content, random });
  return {
    name,
    id,
    channel: random.pick<SendChannel>(['shell', 'shell', 'control', 'stdin']),
    expected: 'nothing',
    frames,
  };
}

type Frames = readonly (Buffer | string)[];
type Spoil = (good: Frames, parts: { header: object; content: unknown; random: Random }) => Frames;

/** Ways to spoil good frames: delimiter, signature, header, parent, metadata, content. */
const spoils: Readonly<Record<string, Spoil>> = {
  unsigned: (good) => good.with(1, ''),
  'signed with another key': (good) => good.with(1, '0'.repeat(64)),
  'signature too long': (good) => good.with(1, `${good[1]}0`),
  'signature in capitals': (good) =>
    good.with(
      1,
      String(good[1])
        .toUpperCase()
        .replace(/^[0-9]*$/, 'A'),
    ),
  'content changed': (good) => good.with(5, `${good[5]} `),
  'header changed': (good) => good.with(2, String(good[2]).replace('"suite"', '"other"')),
  'a part missing': (good) => good.slice(0, 5),
  'signature alone': (good) => good.slice(0, 2),
  'delimiter alone': (good) => good.slice(0, 1),
  'no delimiter': (good) => good.slice(1),
  'bad delimiter': (good, { random }) =>
    good.with(0, random.pick(['<IDS|MSG', '<ids|msg>', '<IDS|MSG> ', ''])),
  'delimiter twice': (good) => ['<IDS|MSG>', ...good],
  'an empty frame': () => [''],
  'random frames': (_good, { random }) =>
    Array.from({ length: random.integer(1, 9) }, () => random.bytes(40)),
  'content is no JSON': (_good, { header, random }) =>
    seal({ header, content: new Raw(random.pick(['{not json', '', '{}}', "{'a': 1}", '\u0000', 'NaN'])) }),
  'header is no JSON': (_good, { content }) => seal({ header: new Raw('{"msg_id":'), content }),
  'header is no object': (_good, { content, random }) =>
    seal({ header: random.pick<unknown>([[], null, 'text', 5]), content }),
  'header without an id': (_good, { header, content, random }) =>
    seal({ header: { ...header, msg_id: random.pick<unknown>([undefined, null, 5, {}, ['a']]) }, content }),
  'header without a type': (_good, { header, content, random }) =>
    seal({ header: { ...header, msg_type: random.pick<unknown>([undefined, null, 5, {}, ['a']]) }, content }),
  'parent is no object': (_good, { header, content, random }) =>
    seal({ header, parent: random.pick<unknown>([[], null, 'text', 5]), content }),
  'metadata is no object': (_good, { header, content, random }) =>
    seal({ header, metadata: random.pick<unknown>([[], null, 'text', 5]), content }),
  'header nested too deeply': (_good, { header, content }) =>
    seal({ header: new Raw(`${JSON.stringify(header).slice(0, -1)},"deep":${nested(100_000)}}`), content }),
};
