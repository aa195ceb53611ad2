/** The results panel's page for tests: its browser ends with the test file. */
import { afterAll } from 'vitest';
import { closePages } from './pages.ts';

export { openPage, openPanel, type Panel, type PanelOptions } from './pages.ts';

afterAll(closePages);
