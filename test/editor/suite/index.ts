import './activation.suite.ts';

export { run } from './registry.ts';
