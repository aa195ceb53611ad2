/** How the editor reaches the network: its own settings, asked for by the server whenever it is about to need them. */
import * as z from 'zod';

/**
 * Server → client: the editor's `http.*` settings, machine and user values only. May hold a password, as settings
 * do, so it is kept in memory and never logged; the client's trace leaves it out.
 */
export const networkSettingsSchema = z.object({
  /** `http.proxy`; empty for what the environment says. */
  proxy: z.string().default(''),
  /** `http.proxySupport`; `off` is a straight way to every host. */
  proxySupport: z.string().default('override'),
  /** `http.proxyAuthorization`: a whole Proxy-Authorization header. */
  proxyAuthorization: z.string().nullable().default(null),
  /** `http.noProxy`; empty for what the environment says. */
  noProxy: z.array(z.string()).default([]),
  /** `http.proxyStrictSSL`. Only reported: certificates are checked whatever it says. */
  proxyStrictSSL: z.boolean().default(true),
  /** `http.systemCertificates`. */
  systemCertificates: z.boolean().default(true),
});
export type NetworkSettings = z.infer<typeof networkSettingsSchema>;

/** The connection to report about; null for the one in force. */
export const networkReportParamsSchema = z.object({ profile: z.string().nullable().default(null) });
/** What a person reads or sends to who runs the network: lines of text without a secret. */
export const networkReportResultSchema = z.object({ text: z.string() });
