/** Which certificate authorities are trusted: those that come with Node, the system's, and files. */
import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { getCACertificates, rootCertificates } from 'node:tls';
import { WayError } from './network-errors.ts';

export interface TrustOptions {
  readonly systemCertificates?: boolean;
  readonly certificates?: readonly string[];
  readonly certificateFiles?: readonly string[];
}

export interface Trust {
  /** PEM, each once. */
  readonly certificates: readonly string[];
  readonly bundled: number;
  /** null where the system's are not trusted. */
  readonly system: number | null;
  /** Of NODE_EXTRA_CA_CERTS. */
  readonly extra: number;
  readonly files: readonly { readonly path: string; readonly count: number }[];
}

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Reads what is trusted. Throws WayError for a file that cannot be read or holds no certificate. */
export async function readTrust(options: TrustOptions): Promise<Trust> {
  const system = options.systemCertificates === false ? null : getCACertificates('system');
  const files = await Promise.all(
    (options.certificateFiles ?? []).map(async (path) => ({ path, certificates: await readPem(path) })),
  );
  const all = [
    // Node's own, with those of NODE_EXTRA_CA_CERTS.
    ...getCACertificates('default'),
    ...(system ?? []),
    ...(options.certificates ?? []),
    ...files.flatMap((file) => file.certificates),
  ];
  return {
    certificates: [...new Set(all.map((pem) => pem.trim()))],
    bundled: rootCertificates.length,
    system: system?.length ?? null,
    extra: getCACertificates('extra').length,
    files: files.map(({ path, certificates }) => ({ path, count: certificates.length })),
  };
}

/** Changes when one of the files does. */
export async function stampOf(files: readonly string[]): Promise<string> {
  const stamps = files.map(async (path) => {
    const found = await stat(path).catch(() => undefined);
    return found === undefined ? 'none' : `${found.mtimeMs}:${found.size}`;
  });
  return (await Promise.all(stamps)).join(' ');
}

async function readPem(path: string): Promise<string[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    throw unusable(path, code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${String(code)})`);
  }
  const found = text.match(PEM) ?? [];
  if (found.length === 0) {
    throw unusable(path, 'it holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)');
  }
  for (const [index, pem] of found.entries()) {
    try {
      new X509Certificate(pem);
    } catch {
      throw unusable(path, `its certificate number ${index + 1} is damaged`);
    }
  }
  return found;
}

function unusable(path: string, reason: string): WayError {
  return new WayError({
    code: 'tls',
    message: `The certificate file ${path} cannot be used: ${reason}. Check “certificates” of the connection profile.`,
    retriable: false,
  });
}
