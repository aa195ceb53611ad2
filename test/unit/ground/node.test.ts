import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../../../.ci/lib/paths.mjs';

/** `npm test` says which Node a run is meant for; by hand it is the project's. */
it('runs on the Node that was meant', () => {
  const locked = /"node_modules\/node": \{\s+"version": "([\d.]+)"/.exec(
    readFileSync(join(root, 'package-lock.json'), 'utf8'),
  );
  expect(process.versions.node).toBe(process.env['CXQ_EXPECT_NODE'] ?? locked?.[1]);
});
