import { STATUS } from './cases/status.ts';
import { describeFaults } from './suite.ts';

describeFaults('status', STATUS);
