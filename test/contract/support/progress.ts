/** How far a long proof has come. */

const EVERY_MS = 10_000;

/** Says so every ten seconds, and nothing where all is done before: tests are quiet, proofs are watched. */
export function progressOf(what: string, total: number): (done: number) => void {
  const began = performance.now();
  let said = began;
  return (done) => {
    const now = performance.now();
    if (now - said < EVERY_MS) return;
    said = now;
    const left = Math.round(((now - began) / 60_000 / done) * Math.max(0, total - done));
    process.stderr.write(`${what}: ${done} of ${total}, about ${left} minutes left\n`);
  };
}
