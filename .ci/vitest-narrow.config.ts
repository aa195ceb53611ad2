/** The tests named in CXQ_TESTS (patterns, with commas between them) and no others: for mutation testing and coverage. */
import { defineConfig } from 'vitest/config';

const list = (name: string): string[] => (process.env[name] ?? '').split(',').filter((path) => path !== '');

export default defineConfig({
  test: {
    include: list('CXQ_TESTS'),
    testTimeout: 60_000,
    hookTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: list('CXQ_COVERED'),
      reporter: ['text', 'html'],
      reportsDirectory: 'test-artefacts/coverage',
    },
  },
});
