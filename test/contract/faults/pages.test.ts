import { PAGES } from './cases/pages.ts';
import { describeFaults } from './suite.ts';

describeFaults('pages', PAGES);
