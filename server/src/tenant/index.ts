/** The tenant room's door: profiles, tokens, the governor, retrieval, reading records. */
export { type Accuracy, accuracy } from './accuracy.ts';
export type { Clock } from './clock.ts';
export {
  type Connection,
  type ConnectionOverrides,
  loadProfileFile,
  profileFromEnvironment,
} from './environment.ts';
export type { TenantError, TenantErrorCode } from './errors.ts';
export {
  type History,
  type HistoryError,
  type HistoryOptions,
  type HistoryResult,
  parseHistory,
  readHistoryFile,
} from './history-file.ts';
export {
  isLocal,
  type ProfileProblem,
  type ResolvedProfile,
  resolveProfile,
} from './profile.ts';
export { createReader, type Reader } from './reader.ts';
export type {
  Batch,
  RetrievalProgress,
  RetrievalRequest,
  RetrievalResult,
  RetrievalStats,
  RetrievedPage,
  RetrieveOptions,
} from './retrieve.ts';
export {
  type ConnectionTest,
  createTenant,
  type Tenant,
  type TenantOptions,
  testConnection,
} from './tenant.ts';
export { missingCredentials } from './tokens.ts';
