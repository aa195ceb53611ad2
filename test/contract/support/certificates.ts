/** Certificates made in the test itself: an authority of its own, and what it signs. No key lies in the repository. */
import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

export interface Issued {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

export interface Authority extends Issued {
  /** A certificate for these names (or IPv4 addresses), signed by this authority. */
  issue(names: readonly string[], valid?: { readonly from?: Date; readonly to?: Date }): Issued;
}

/** One DER element. */
function der(tag: number, ...parts: readonly (Uint8Array | readonly number[])[]): Buffer {
  const content = Buffer.concat(parts.map((part) => Uint8Array.from(part)));
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
const oid = (...bytes: readonly number[]): Buffer => der(0x06, bytes);
const boolean = der(0x01, [0xff]);
const octets = (content: Uint8Array): Buffer => der(0x04, content);

const ECDSA_SHA256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));

/** A name with a common name alone. */
function nameOf(text: string): Buffer {
  return sequence(der(0x31, sequence(oid(0x55, 0x04, 0x03), der(0x0c, Buffer.from(text)))));
}

/** UTCTime: to the second, in this century. */
function time(date: Date): Buffer {
  const digits = date.toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  return der(0x17, Buffer.from(digits.slice(2)));
}

function extension(id: Buffer, value: Buffer, critical = false): Buffer {
  return critical ? sequence(id, boolean, octets(value)) : sequence(id, octets(value));
}

function pem(label: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

interface Subject {
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly issuer: string;
  readonly signer: KeyObject;
  readonly extensions: readonly Buffer[];
  readonly from: Date;
  readonly to: Date;
}

function certificate({ name, publicKey, issuer, signer, extensions, from, to }: Subject): string {
  const serial = randomBytes(16);
  serial[0] = 0x40 | ((serial[0] ?? 0) & 0x3f);
  const signed = sequence(
    der(0xa0, der(0x02, [2])),
    der(0x02, serial),
    ECDSA_SHA256,
    nameOf(issuer),
    sequence(time(from), time(to)),
    nameOf(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', signed, signer);
  return pem('CERTIFICATE', sequence(signed, ECDSA_SHA256, der(0x03, [0], signature)));
}

const DAY = 86_400_000;
const days = (count: number): Date => new Date(Date.now() + count * DAY);

function keys(): { readonly publicKey: KeyObject; readonly privateKey: KeyObject; readonly key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { publicKey, privateKey, key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })) };
}

function alternative(names: readonly string[]): Buffer {
  const entries = names.map((name) =>
    /^[\d.]+$/.test(name) ? der(0x87, name.split('.').map(Number)) : der(0x82, Buffer.from(name)),
  );
  return extension(oid(0x55, 0x1d, 0x11), sequence(...entries));
}

/** An authority that nobody trusts yet. */
export function createAuthority(name = 'CXQ test authority'): Authority {
  const own = keys();
  const signer = createPrivateKey(own.key);
  const cert = certificate({
    name,
    publicKey: own.publicKey,
    issuer: name,
    signer,
    // It may sign certificates.
    extensions: [extension(oid(0x55, 0x1d, 0x13), sequence(boolean), true)],
    from: days(-1),
    to: days(30),
  });
  return {
    cert,
    key: own.key,
    issue(names, { from = days(-1), to = days(30) } = {}) {
      const { publicKey, key } = keys();
      const extensions = [alternative(names)];
      const issued = { name: names[0] ?? 'nobody', publicKey, issuer: name, signer, extensions, from, to };
      return { cert: certificate(issued), key };
    },
  };
}
