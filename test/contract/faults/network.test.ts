import { NETWORK } from './cases/network.ts';
import { describeFaults } from './suite.ts';

describeFaults('network', NETWORK);
