import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { webhookPolicy } from '../../../server/src/output/webhook/policy.ts';
import { newMessageId, secretProblem, signMessage } from '../../../server/src/output/webhook/signature.ts';

function code(url: string, allow: string[] = []): string {
  const verdict = webhookPolicy(url, allow);
  return verdict.ok ? 'ok' : verdict.code;
}

describe('webhook policy', () => {
  it.each([
    ['https://mining.example.com/hooks/cxq', 'ok'],
    ['https://mining.example.com:8443/x', 'ok'],
    ['https://8.8.8.8/', 'ok'],
    ['https://[2606:4700::1111]/', 'ok'],
    ['https://[64:ff9b::8.8.8.8]/', 'ok'],
    ['http://mining.example.com/', 'CXQ5001'],
    ['http://10.0.0.1/', 'CXQ5001'],
    ['ftp://mining.example.com/', 'CXQ5001'],
    ['javascript:alert(1)', 'CXQ5001'],
    ['mining.example.com', 'CXQ5001'],
    ['', 'CXQ5001'],
    ['https://user:pass@mining.example.com/', 'CXQ5001'],
    ['https://user@mining.example.com/', 'CXQ5001'],
    ['https://:pass@mining.example.com/', 'CXQ5001'],
    ['ftp://127.0.0.1/', 'CXQ5001'],
    ['ws://localhost:9000/', 'CXQ5001'],
    ['http://localhost:9000/', 'CXQ5002'],
    ['https://localhost/', 'CXQ5002'],
    ['https://LOCALHOST./', 'CXQ5002'],
    ['https://a.localhost/', 'CXQ5002'],
    ['http://127.0.0.1:9000/', 'CXQ5002'],
    ['http://[::1]:9000/', 'CXQ5002'],
    ['https://2130706433/', 'CXQ5002'],
    ['https://0x7f.1/', 'CXQ5002'],
    ['https://0177.0.0.1/', 'CXQ5002'],
    ['https://0.0.0.0/', 'CXQ5002'],
    ['https://10.1.2.3/', 'CXQ5002'],
    ['https://172.20.0.1/', 'CXQ5002'],
    ['https://192.168.1.1/', 'CXQ5002'],
    ['https://169.254.169.254/latest/meta-data', 'CXQ5002'],
    ['https://100.64.0.1/', 'CXQ5002'],
    ['https://198.18.0.1/', 'CXQ5002'],
    ['https://224.0.0.1/', 'CXQ5002'],
    ['https://255.255.255.255/', 'CXQ5002'],
    ['https://[::]/', 'CXQ5002'],
    ['https://[::ffff:127.0.0.1]/', 'CXQ5002'],
    ['https://[::ffff:10.0.0.1]/', 'CXQ5002'],
    ['https://[::10.0.0.1]/', 'CXQ5002'],
    ['https://[64:ff9b::10.0.0.1]/', 'CXQ5002'],
    ['https://[64:ff9b:1::8.8.8.8]/', 'CXQ5002'],
    ['https://[2002:0a00:0001::]/', 'CXQ5002'],
    ['https://[2001::1]/', 'CXQ5002'],
    ['https://[2606:4700::5efe:10.0.0.1]/', 'CXQ5002'],
    ['https://[2606:4700::1:5efe:a00:1]/', 'ok'],
    ['https://[fe80::1]/', 'CXQ5002'],
    ['https://[fec0::1]/', 'CXQ5002'],
    ['https://[fd00:ec2::254]/', 'CXQ5002'],
    ['https://[ff02::1]/', 'CXQ5002'],
    ['https://[2001:db8::1]/', 'CXQ5002'],
    ['https://[100::1]/', 'CXQ5002'],
    ['https://[4000::1]/', 'CXQ5002'],
    // The same addresses spelt otherwise: the URL parser brings them into one form.
    ['https://017700000001/', 'CXQ5002'],
    ['https://0x7f000001/', 'CXQ5002'],
    ['https://0X7F.0.0.0x1/', 'CXQ5002'],
    ['https://127.1/', 'CXQ5002'],
    ['https://127.0.0.1./', 'CXQ5002'],
    ['https://①②⑦.⓪.⓪.①/', 'CXQ5002'],
    ['https://127。0。0。1/', 'CXQ5002'],
    ['https://%31%32%37.0.0.1/', 'CXQ5002'],
    ['https://ｌｏｃａｌｈｏｓｔ/', 'CXQ5002'],
    ['https://localhost.:8443/', 'CXQ5002'],
    ['https://a.localhost./', 'CXQ5002'],
    ['https://[0:0:0:0:0:ffff:7f00:1]/', 'CXQ5002'],
    ['https://[::127.0.0.1]/', 'CXQ5002'],
    ['https://[2002:7f00:1::]/', 'CXQ5002'],
    ['https://[64:ff9b::127.0.0.1]/', 'CXQ5002'],
    // A zone, and more parts than an address has, are no URL at all.
    ['https://[fe80::1%25eth0]/', 'CXQ5001'],
    ['https://[fe80::1%eth0]/', 'CXQ5001'],
    ['https://1.2.3.4.5/', 'CXQ5001'],
    ['https://0x1ffffffff/', 'CXQ5001'],
    ['http://10.0.0.1.nip.io/', 'CXQ5001'],
    ['https://localhost.example.com/', 'ok'],
    ['https://mining.example.com./', 'ok'],
  ])('%s → %s', (url, expected) => {
    expect(code(url)).toBe(expected);
  });

  it.each([
    ['http://127.0.0.1:9000/x', ['http://127.0.0.1:9000'], 'ok'],
    ['http://127.0.0.1:9001/x', ['http://127.0.0.1:9000'], 'CXQ5002'],
    ['http://127.0.0.1:9001/x', ['127.0.0.1'], 'ok'],
    ['http://127.0.0.1:9001/x', ['127.0.0.1:9001'], 'ok'],
    ['http://127.0.0.1:9001/x', ['127.0.0.1:9000'], 'CXQ5002'],
    ['http://localhost:9001/x', ['127.0.0.1'], 'CXQ5002'],
    ['http://localhost:9001/x', ['LocalHost'], 'ok'],
    ['http://localhost/x', ['localhost:80'], 'ok'],
    ['http://localhost/x', ['localhost:443'], 'CXQ5002'],
    ['https://mining.example.com/', ['mining.example.com:443'], 'ok'],
    ['https://mining.example.com:8443/', ['mining.example.com:443'], 'CXQ5002'],
    ['http://[::1]:9001/x', ['::1'], 'ok'],
    ['https://10.1.2.3/', ['10.0.0.0/8'], 'ok'],
    ['https://11.1.2.3/', ['10.0.0.0/8'], 'ok'],
    ['https://[::ffff:10.1.2.3]/', ['10.0.0.0/8'], 'ok'],
    ['https://192.168.0.1/', ['10.0.0.0/8', ' ', 'http://%'], 'CXQ5002'],
    ['http://10.1.2.3/', ['10.1.2.3'], 'CXQ5001'],
    // A private entry opens that address and leaves public hosts as they are.
    ['https://other.example/', ['127.0.0.1', 'localhost:1'], 'ok'],
    // An entry that may be public narrows the list to what it names.
    ['https://other.example/', ['https://mining.example.com'], 'CXQ5002'],
    ['https://mining.example.com/a', ['https://mining.example.com'], 'ok'],
    ['https://mining.example.com:444/a', ['https://mining.example.com'], 'CXQ5002'],
    ['https://mining.example.com.evil.example/', ['https://mining.example.com'], 'CXQ5002'],
    ['https://a.example.com/', ['*.example.com'], 'ok'],
    ['https://badexample.com/', ['*.example.com'], 'CXQ5002'],
    ['https://other.example/', ['mining.internal', 'public'], 'ok'],
    ['https://8.8.4.4/', ['8.8.8.8'], 'CXQ5002'],
    ['https://8.8.8.8/', [' 8.8.8.8 '], 'ok'],
    // A host without a port stands for all of its ports, and for no other host.
    ['https://mining.example.com:444/', ['mining.example.com'], 'ok'],
    ['https://other.example/', ['mining.example.com'], 'CXQ5002'],
    ['https://other.example:8443/', ['mining.example.com:8443'], 'CXQ5002'],
    ['https://mining.example.com:8443/', ['mining.example.com:8443'], 'ok'],
    ['https://mining.example.com/', ['mining.example.com:8443'], 'CXQ5002'],
    ['https://mining.example.com/', ['mining.example.com:443'], 'ok'],
    ['https://mining.example.com:444/', ['mining.example.com:443'], 'CXQ5002'],
    ['http://localhost/', ['localhost:80'], 'ok'],
    ['http://localhost/', ['localhost:443'], 'CXQ5002'],
    ['https://localhost/', ['localhost:443'], 'ok'],
    ['https://localhost/', ['localhost:80'], 'CXQ5002'],
    ['http://localhost/', ['https://localhost'], 'CXQ5002'],
    ['http://[::1]:9001/x', ['[::1]:9001'], 'ok'],
    ['http://[::1]:9001/x', ['[::1]'], 'ok'],
    ['https://[2606:4700::1111]/', ['[2606:4700::1111]:443'], 'ok'],
    ['https://other.example/', ['[2606:4700::1111]:443'], 'CXQ5002'],
    ['https://other.example/', ['10.0.0.1:8080'], 'ok'],
    ['https://other.example/', ['  '], 'ok'],
    // A range is of one kind of address.
    ['https://[2606:4700::1111]/', ['10.0.0.0/8'], 'ok'],
    ['https://[fd00::1]/', ['10.0.0.0/8'], 'CXQ5002'],
    ['https://[fd00::1]/', ['fd00::/8'], 'ok'],
    ['https://10.1.2.3/', ['fd00::/8'], 'CXQ5002'],
  ])('%s with %j → %s', (url, allow, expected) => {
    expect(code(url, allow)).toBe(expected);
  });

  it('decides on resolved addresses too', () => {
    const accepts = (url: string, allow: string[], address: string) => {
      const verdict = webhookPolicy(url, allow);
      return verdict.ok && verdict.acceptsAddress(address);
    };
    const url = 'https://mining.example.com/';
    expect(accepts(url, [], '93.184.216.34')).toBe(true);
    for (const bad of [
      '127.0.0.1',
      '10.0.0.1',
      '::1',
      '::ffff:127.0.0.1',
      'fe80::1%eth0',
      '64:ff9b::7f00:1',
      'nonsense',
      '',
    ]) {
      expect(accepts(url, [], bad)).toBe(false);
    }
    expect(accepts(url, ['10.0.0.0/8'], '10.0.0.1')).toBe(true);
    expect(accepts(url, ['10.0.0.0/8'], '192.168.0.1')).toBe(false);
    expect(accepts(url, ['mining.example.com'], '192.168.0.1')).toBe(true);
  });

  it('refuses a private IPv4 address in every form that carries one', () => {
    const octet = fc.nat(255);
    const closed = fc.oneof(
      fc.tuple(fc.constantFrom(0, 10, 127, 224, 240, 255), octet, octet, octet),
      fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), octet, octet),
      fc.tuple(fc.constant(192), fc.constant(168), octet, octet),
      fc.tuple(fc.constant(169), fc.constant(254), octet, octet),
      fc.tuple(fc.constant(100), fc.integer({ min: 64, max: 127 }), octet, octet),
    );
    fc.assert(
      fc.property(closed, ([a, b, c, d]) => {
        const dotted = `${a}.${b}.${c}.${d}`;
        const number = ((a * 256 + b) * 256 + c) * 256 + d;
        const hex = (high: number, low: number) => (high * 256 + low).toString(16);
        const pair = `${hex(a, b)}:${hex(c, d)}`;
        for (const host of [
          dotted,
          String(number),
          `0x${number.toString(16)}`,
          `[::ffff:${dotted}]`,
          `[::${dotted}]`,
          `[64:ff9b::${pair}]`,
          `[64:ff9b:1::${pair}]`,
          `[2002:${pair}::]`,
          `[2001:470::5efe:${pair}]`,
          `[2001:470::200:5efe:${pair}]`,
          `[::ffff:0:${pair}]`,
        ]) {
          expect(`${host} ${code(`https://${host}/`)}`).toBe(`${host} CXQ5002`);
        }
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it('accepts the address that an allowed literal names', () => {
    const verdict = webhookPolicy('https://10.1.2.3/', ['10.0.0.0/8']);
    expect(verdict.ok && verdict.acceptsAddress('10.1.2.3')).toBe(true);
  });

  it('says what is wrong and what to do', () => {
    const said = (url: string, allow?: string[]): string => {
      const verdict = webhookPolicy(url, allow);
      return verdict.ok ? '' : verdict.message;
    };
    expect(said('mining')).toBe('"mining" is no URL; a webhook needs an https address.');
    expect(said('http://a.example/x')).toBe(
      'http://a.example is not https (http is allowed on loopback only).',
    );
    expect(said('gopher://a.example:70/x')).toMatch(/^gopher:\/\/a\.example:70 is not https/);
    expect(said('https://10.0.0.1:8443/x')).toBe(
      "https://10.0.0.1:8443 is a private address; add it to the webhook's allow-list to send there.",
    );
    expect(said('https://a.example/x', ['b.example'])).toBe(
      'https://a.example is not in the webhook\'s allow-list; add it, or "public" for every public host.',
    );
  });

  it('shows the origin alone: path and query of a hook are often its secret', () => {
    for (const url of [
      'http://hooks.example/services/T0/secret?x=secret',
      'https://10.0.0.1/secret',
      'https://u:secret@a.example/',
    ]) {
      const verdict = webhookPolicy(url);
      expect(verdict.ok ? '' : verdict.message).toMatch(/^https?:\/\//);
      expect(verdict.ok ? 'secret' : verdict.message).not.toMatch(/(?<!signing )secret/);
    }
  });
});

describe('signature', () => {
  it('equals the vector of the specification’s libraries', () => {
    const body = '{"test": 2432232314}';
    const expected = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
    for (const secret of ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']) {
      expect(signMessage(secret, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1614265330, body)).toBe(expected);
    }
  });

  it('equals what the specification computes, for every length of key and any text', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 24, maxLength: 64 }),
        fc.string({ unit: 'grapheme' }),
        fc.nat(2 ** 32),
        (key, body, timestamp) => {
          const expected = createHmac('sha256', key).update(`msg_1.${timestamp}.${body}`).digest('base64');
          const secret = Buffer.from(key).toString('base64');
          for (const one of [secret, `whsec_${secret}`]) {
            expect(signMessage(one, 'msg_1', timestamp, body)).toBe(`v1,${expected}`);
          }
        },
      ),
      { numRuns: 100, seed: 7 },
    );
  });

  it('decodes what is base64 of 24 to 64 bytes, and takes any other text by its bytes', () => {
    const signedWith = (key: Uint8Array | string): string =>
      `v1,${createHmac('sha256', key).update('msg_1.1.{}').digest('base64')}`;
    for (const length of [24, 64]) {
      const key = Buffer.alloc(length, 0xa5);
      expect(signMessage(key.toString('base64'), 'msg_1', 1, '{}')).toBe(signedWith(key));
    }
    const texts = [23, 65].map((length) => Buffer.alloc(length, 0xa5).toString('base64'));
    for (const text of [
      ...texts,
      'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS',
      `${'a b'.repeat(20)}`,
      'caf\u00e9 \u2603',
    ]) {
      expect(signMessage(text, 'msg_1', 1, '{}'), text).toBe(signedWith(Buffer.from(text, 'utf8')));
    }
  });

  it('says what is wrong with a secret', () => {
    for (const good of [
      'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      'whsec_YQ==',
      'whsec_YQ',
      'any text',
      'a whsk_ in the middle',
    ]) {
      expect(secretProblem(good)).toBeUndefined();
    }
    for (const bad of [
      '',
      ' ',
      'whsec_',
      'whsec_not base64',
      'whsec_MfKQ9r8GKYqrTwjUPD8IL*',
      'whsec_YQ==YQ==',
      'whsec_MfKQ9r8GKYqr=TwjUPD8ILPZIo2LaLaSw',
      'whsk_abc',
      'whpk_abc',
    ]) {
      expect(secretProblem(bad), bad).toMatch(/^is /);
    }
  });

  it('takes any other text as the key itself', () => {
    expect(signMessage('a plain secret', 'msg_1', 1, '{}')).not.toBe(
      signMessage('a plain secrets', 'msg_1', 1, '{}'),
    );
    expect(signMessage('short', 'msg_1', 1, '{}')).toMatch(/^v1,[A-Za-z0-9+/]{43}=$/);
  });

  it('has an id that no other message has', () => {
    const ids = new Set(Array.from({ length: 100 }, newMessageId));
    expect(ids.size).toBe(100);
    for (const id of ids) expect(id).toMatch(/^msg_[0-9a-f]{32}$/);
  });
});
