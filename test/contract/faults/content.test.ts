import { CONTENT } from './cases/content.ts';
import { describeFaults } from './suite.ts';

describeFaults('content', CONTENT);
