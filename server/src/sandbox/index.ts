/** The sandbox tenant and its data: what other rooms and the doors may use. */
export {
  runGenerateCommand,
  runSandboxCommand,
  type SandboxCommandOptions,
  SandboxError,
} from './command.ts';
export { type FaultName, type FaultSpec, faultList } from './faults.ts';
export { generateInteractions } from './generate.ts';
export type { Sandbox, SandboxOptions } from './options.ts';
export { startSandbox } from './server.ts';
