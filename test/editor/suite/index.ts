import './activation.suite.ts';
import './export.suite.ts';
import './history-file.suite.ts';
import './language.suite.ts';
import './network.suite.ts';
import './runs.suite.ts';

export { run } from './registry.ts';
