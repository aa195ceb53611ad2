import { RANGES } from './cases/ranges.ts';
import { describeFaults } from './suite.ts';

describeFaults('ranges', RANGES);
