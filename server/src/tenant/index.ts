/** The tenant room's door: profiles, tokens, the governor, retrieval, reading records. */
export { accuracy } from './accuracy.ts';
export { readTrust } from './certificates.ts';
export { throughProxy } from './connections.ts';
export { COLUMN_ROLES } from './csv-columns.ts';
export { diagnoseNetwork } from './diagnose.ts';
export { loadProfileFile, profileFromEnvironment } from './environment.ts';
export { streamBytes, streamHistory } from './history-file.ts';
export type { LogOptions } from './history-parser.ts';
export { historyRecords } from './history-records.ts';
export { troubleWith } from './history-trouble.ts';
export { NO_COUNTS } from './meter.ts';
export { type NetworkOptions, networkFrom, networkOf, proxyLabel } from './network.ts';
export { isLocal, isTimeZone, resolveProfile } from './profile.ts';
export { createReader, type Reader } from './reader.ts';
export type {
  Resume,
  RetrievalProgress,
  RetrievalRequest,
  RetrievalResult,
  RetrievedPage,
  RetrieveOptions,
  Traffic,
} from './retrieval.ts';
export { createTenant, type Tenant, type TenantOptions, testConnection } from './tenant.ts';
export { forgetTokens, missingCredentials } from './tokens.ts';
