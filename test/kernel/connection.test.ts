import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { curveKeyPair } from 'zeromq';
import { endpoint, parseConnection, readConnection } from '../../kernel/connection.ts';
import { InvalidConnection } from '../../kernel/errors.ts';

const good = {
  shell_port: 1,
  iopub_port: 2,
  stdin_port: 3,
  control_port: 4,
  hb_port: 5,
  key: 'k',
  ip: '127.0.0.1',
};
const parse = (changes: object) => parseConnection(JSON.stringify({ ...good, ...changes }), 'file.json');

describe('a connection file', () => {
  test('gives addresses for tcp, IPv6 and ipc', () => {
    assert.equal(endpoint(parse({}), 'shell'), 'tcp://127.0.0.1:1');
    assert.equal(endpoint(parse({ ip: '::1' }), 'hb'), 'tcp://[::1]:5');
    assert.equal(endpoint(parse({ transport: 'ipc', ip: '/run/k' }), 'iopub'), 'ipc:///run/k-2');
  });

  test('takes the key of the server from those that jupyter_client writes', () => {
    const { publicKey, secretKey } = curveKeyPair();
    const keys = { curve_publickey: publicKey, curve_secretkey: secretKey };
    assert.equal(parse(keys).curveSecretKey, secretKey);
    assert.equal(parse({}).curveSecretKey, undefined);
    assert.throws(() => parse({ curve_publickey: publicKey }), /without its curve_secretkey/);
    for (const broken of [secretKey.slice(1), `${secretKey.slice(1)}~`, '#'.repeat(40), 5])
      assert.throws(() => parse({ ...keys, curve_secretkey: broken }), /curve_secretkey is not a Z85 key/);
  });

  test('names what is wrong in it', () => {
    assert.throws(() => parse({ shell_port: '1' }), /file\.json: shell_port is "1", not a port/);
    assert.throws(() => parse({ hb_port: 70_000 }), InvalidConnection);
    assert.throws(() => parse({ transport: 'udp' }), /transport/);
    assert.throws(() => parse({ signature_scheme: 'md5' }), /signature_scheme/);
    assert.throws(() => parse({ key: 5 }), /key is not a text/);
    assert.throws(() => parseConnection('{', 'file.json'), /not JSON/);
    assert.throws(() => parseConnection('[]', 'file.json'), /JSON object/);
    assert.throws(() => readConnection('/nowhere.json'), /cannot be read/);
  });
});
