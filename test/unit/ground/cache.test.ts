import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cacheFolder } from '../../../.ci/lib/paths.mjs';

describe('the cache folder', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cxq-cache-test-'));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });

  it('follows XDG_CACHE_HOME', () => {
    vi.stubEnv('XDG_CACHE_HOME', folder);
    expect(cacheFolder()).toBe(join(folder, 'cxq'));
  });

  it('lies in HOME otherwise', () => {
    vi.stubEnv('XDG_CACHE_HOME', '');
    vi.stubEnv('HOME', folder);
    expect(cacheFolder()).toBe(join(folder, '.cache', 'cxq'));
  });

  it.each(['', join(tmpdir(), 'no-such-home')])('is temporary with HOME %j', (home) => {
    vi.stubEnv('XDG_CACHE_HOME', '');
    vi.stubEnv('HOME', home);
    expect(cacheFolder().startsWith(tmpdir())).toBe(true);
  });
});
