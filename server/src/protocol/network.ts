/** How the editor reaches the network: its own settings, asked for by the server whenever it is about to need them. */
import * as z from 'zod';

/**
 * Server → client: the editor's `http.*` settings, machine and user values only. May hold a password, as settings
 * do, so it is kept in memory and never logged; the client's trace leaves it out.
 */
export const networkSettingsSchema = z.object({
  // A value that cannot be one, as settings may hold, is none.
  /** `http.proxy`; empty for what the environment says. */
  proxy: z.string().catch(''),
  /** `http.proxySupport`; `off` is a straight way to every host. */
  proxySupport: z.string().catch('override'),
  /** `http.proxyAuthorization`: a whole Proxy-Authorization header. */
  proxyAuthorization: z.string().nullable().catch(null),
  /** `http.noProxy`; empty for what the environment says. */
  noProxy: z.array(z.string()).catch([]),
  /** `http.proxyStrictSSL`. Only reported: certificates are checked whatever it says. */
  proxyStrictSSL: z.boolean().catch(true),
  /** `http.systemCertificates`. */
  systemCertificates: z.boolean().catch(true),
});
export type NetworkSettings = z.infer<typeof networkSettingsSchema>;

/** The connection to report about; null for the one in force. */
export const networkReportParamsSchema = z.object({ profile: z.string().nullable().default(null) });
/** What a person reads or sends to who runs the network: lines of text without a secret. */
export const networkReportResultSchema = z.object({ text: z.string() });
