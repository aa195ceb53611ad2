/** The thread that analyses: a thin door, which `run/analysis-thread.ts` opens. */
import { parentPort, workerData } from 'node:worker_threads';
import { serveAnalysis } from './run/analysis-door.ts';

if (parentPort !== null) serveAnalysis(parentPort, workerData);
