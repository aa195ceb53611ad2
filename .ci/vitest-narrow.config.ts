/** The tests named in CXQ_TESTS (patterns, with commas between them) and no others: for mutation testing and coverage. */
import { defineConfig } from 'vitest/config';

const list = (name: string): string[] => (process.env[name] ?? '').split(',').filter((path) => path !== '');

const tests = list('CXQ_TESTS');

export default defineConfig({
  test: {
    include: tests,
    // What tests of the language import keeps nothing between them: it is read once, not for each file.
    isolate: !tests.every((path) => /^test\/(?:unit\/)?language\//.test(path)),
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
