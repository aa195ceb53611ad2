/** The sandbox tenant and its data: what other rooms and the doors may use. */
export {
  type GenerateCommandIo,
  type GenerateCommandOptions,
  runGenerateCommand,
  runSandboxCommand,
  type SandboxCommandIo,
  type SandboxCommandOptions,
  SandboxError,
} from './command.ts';
export { FAULT_DESCRIPTIONS, type FaultName, type FaultSpec, type FiredFault } from './faults.ts';
export { type GenerateOptions, generateInteractions } from './generate.ts';
export type { Sandbox, SandboxOptions, SandboxStats } from './options.ts';
export { startSandbox } from './server.ts';
export type { GeneratedInteraction, GeneratedStep } from './trace.ts';
