import { defineConfig } from 'vitest/config';

/** One project a kind of test; `npm test` runs all, `npx vitest run --project unit` one. */
const project = (name: string, more: object = {}) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], ...more },
});

export default defineConfig({
  test: {
    projects: [
      // No test is held against the clock: a limit only ends what hangs.
      project('unit', { testTimeout: 60_000 }),
      project('contract', { testTimeout: 60_000, hookTimeout: 60_000 }),
      project('language', { testTimeout: 60_000 }),
      project('fuzz'),
      project('webview', { testTimeout: 60_000, hookTimeout: 60_000, expect: { poll: { timeout: 10_000 } } }),
      project('editor', {
        testTimeout: 180_000,
        hookTimeout: 180_000,
        fileParallelism: false,
        globalSetup: ['test/editor/harness/choose.ts'],
      }),
    ],
  },
});
