import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EMPTY_PAYLOAD, type SignRequest, signV4 } from '../../src/storage/sign-v4.ts';

/** Keys, date and scope of AWS's published test suite for Signature Version 4. */
const suite = {
  method: 'GET',
  payloadHash: EMPTY_PAYLOAD,
  service: 'service',
  region: 'us-east-1',
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' },
  date: new Date('2015-08-30T12:36:00Z'),
  headers: {},
} as const;

function signature(request: SignRequest): string | undefined {
  return /Signature=(\w+)$/.exec(signV4(request).authorization ?? '')?.[1];
}

describe("AWS's published signatures come out", () => {
  const cases: readonly (readonly [
    name: string,
    address: string,
    headers: Record<string, string>,
    expected: string,
  ])[] = [
    [
      'get-vanilla',
      'https://example.amazonaws.com/',
      {},
      '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
    ],
    [
      'get-vanilla-query-order-key-case',
      'https://example.amazonaws.com/?Param2=value2&Param1=value1',
      {},
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
    [
      'get-header-value-trim',
      'https://example.amazonaws.com/',
      { 'My-Header1': ' value1', 'My-Header2': ' "a   b   c"' },
      'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
    ],
  ];
  for (const [name, address, headers, expected] of cases)
    test(name, () => {
      assert.equal(signature({ ...suite, url: new URL(address), headers }), expected);
    });

  test('get-object of the S3 guide, with a range', () => {
    const request = {
      ...suite,
      service: 's3',
      url: new URL('https://examplebucket.s3.amazonaws.com/test.txt'),
      headers: { range: 'bytes=0-9' },
      credentials: {
        accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
        secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      },
      date: new Date('2013-05-24T00:00:00Z'),
    };
    assert.equal(signature(request), 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41');
  });
});

test('the signature depends on key, region, date, range and session token', () => {
  const base: SignRequest = { ...suite, url: new URL('https://h/a b') };
  const variants: SignRequest[] = [
    base,
    { ...base, region: 'eu-west-1' },
    { ...base, date: new Date('2015-08-30T12:36:01Z') },
    { ...base, headers: { range: 'bytes=0-1' } },
    { ...base, credentials: { ...suite.credentials, sessionToken: 'token' } },
    { ...base, credentials: { ...suite.credentials, secretAccessKey: 'other' } },
  ];
  assert.equal(new Set(variants.map(signature)).size, variants.length);
  assert.equal(signV4(variants[4] as SignRequest)['x-amz-security-token'], 'token');
});
