import { TRANSPORT } from './cases/transport.ts';
import { describeFaults } from './suite.ts';

describeFaults('transport', TRANSPORT);
