import { describe, expect, it } from 'vitest';
import { createDownloadShare } from '../../../server/src/tenant/downloads.ts';

describe('what the downloads of a run share', () => {
  it('has so many places and no more, and each that is given back once again', () => {
    const share = createDownloadShare(2);
    expect([share.take(), share.take(), share.take(), share.take()]).toEqual([true, true, false, false]);
    share.giveBack();
    expect([share.take(), share.take()]).toEqual([true, false]);
    expect(createDownloadShare(0).take()).toBe(false);
  });

  it('asks for no more ranges after three that did not fit', () => {
    const share = createDownloadShare(1);
    const seen = [share.whole];
    for (let time = 0; time < 4; time += 1) {
      share.misfit(false);
      seen.push(share.whole);
    }
    expect(seen).toEqual([false, false, false, true, true]);
  });

  it('asks for none at once where no range of the tenant ever fits', () => {
    const share = createDownloadShare(1);
    share.misfit(true);
    expect(share.whole).toBe(true);
  });
});
