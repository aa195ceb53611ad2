import { RAW } from './cases/raw.ts';
import { describeFaults } from './suite.ts';

describeFaults('raw', RAW);
