/** What stands in the tenant's place. */
import type { TenantOptions } from '../../../server/src/tenant/index.ts';

/** A server that is no sandbox. */
export interface OtherServer {
  readonly baseUrl: string;
  readonly tenant?: TenantOptions;
  /** What struck, by the server's own count. */
  readonly fired: readonly string[];
  close(): Promise<void>;
}
