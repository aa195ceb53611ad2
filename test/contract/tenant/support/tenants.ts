/** The fault tenants of a test file: each starts where a test asks for it, and ends with that test. */
import { afterEach } from 'vitest';
import { type FaultTenant, type FaultTenantOptions, startFaultTenant } from './fault-tenant.ts';

/** `usual` is what a tenant is like where a test says nothing else. */
export function faultTenants(
  usual: FaultTenantOptions = {},
): (options?: FaultTenantOptions) => Promise<FaultTenant> {
  const open: FaultTenant[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((tenant) => tenant.close()));
  });
  return async (options = {}) => {
    const tenant = await startFaultTenant({ ...usual, ...options });
    open.push(tenant);
    return tenant;
  };
}

/** The ids of records, in their order. */
export function named(rows: readonly { readonly [key: string]: unknown }[]): unknown[] {
  return rows.map(({ interactionId }) => interactionId);
}
