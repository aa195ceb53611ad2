import { describeCuts } from './support/cuts.ts';

describeCuts('GET');
