/** What the client needs to know of a connection profile. The server alone reads the whole of it. */
import * as z from 'zod';
import type { ProfileInput } from '../../../server/src/protocol/profile.ts';

export const SANDBOX_ID = 'sandbox';

export interface ListedProfile {
  readonly id: string;
  readonly label: string | undefined;
}

const listed = z.looseObject({ id: z.string().min(1), label: z.string().optional() });

/** Id and label of each profile that has an id; one without is the server's to complain about. */
export function listProfiles(profiles: readonly unknown[]): ListedProfile[] {
  return profiles.flatMap((profile) => {
    const parsed = listed.safeParse(profile);
    return parsed.success ? [{ id: parsed.data.id, label: parsed.data.label }] : [];
  });
}

export type ParsedAddress = { readonly baseUrl: string; readonly id: string } | { readonly problem: string };

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** Reads a tenant's name (`acme`, for `https://acme.my.cxone.com`) or a base URL. */
export function parseAddress(text: string): ParsedAddress {
  const input = text.trim();
  if (input === '') return { problem: 'Enter the tenant’s name, such as acme, or its base URL.' };
  if (/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(input)) {
    const name = input.toLowerCase();
    return { baseUrl: `https://${name}.my.cxone.com`, id: name };
  }
  const url = URL.canParse(input) ? new URL(input) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    return {
      problem:
        'This is neither a tenant’s name (letters, digits, hyphens) nor a URL that begins with https://.',
    };
  }
  if (url.username !== '' || url.password !== '') {
    return { problem: 'Leave the user name and password out of the URL; you are asked for them next.' };
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    return { problem: 'Credentials are only sent over https; http is for this machine (127.0.0.1) alone.' };
  }
  if (url.search !== '' || url.hash !== '') return { problem: 'Leave out what follows ? or # in the URL.' };
  const path = url.pathname.replace(/\/+$/, '');
  const id = url.hostname.replaceAll(/[^a-z0-9]+/gi, '-').replaceAll(/^-|-$/g, '');
  return { baseUrl: `${url.origin}${path}`, id: id === '' ? 'tenant' : id };
}

/** A name that none of the others has: `acme`, `acme-2`, … */
export function freeId(wanted: string, taken: readonly string[]): string {
  const base = wanted === SANDBOX_ID ? `${SANDBOX_ID}-tenant` : wanted;
  let id = base;
  for (let count = 2; taken.includes(id); count += 1) id = `${base}-${count}`;
  return id;
}

/** Why this cannot be a connection's name, or undefined. */
export function idProblem(id: string): string | undefined {
  if (id.trim() === '') return 'Enter a name for the connection.';
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(id))
    return 'A name has letters, digits, dots, hyphens and underscores.';
  if (id === SANDBOX_ID) return 'The name “sandbox” belongs to the sandbox tenant.';
  return undefined;
}

/** The profile that the wizard writes: what differs from the default contract, and no more. */
export function newProfile(id: string, baseUrl: string): ProfileInput {
  return { id, baseUrl };
}

/** Profiles with this one put in the place of its namesake, or at the end. */
export function withProfile<P extends Pick<ProfileInput, 'id'>>(
  profiles: readonly unknown[],
  profile: P,
): unknown[] {
  const at = profiles.findIndex((one) => listed.safeParse(one).data?.id === profile.id);
  return at < 0 ? [...profiles, profile] : profiles.with(at, profile);
}
