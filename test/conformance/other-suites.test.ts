import { judgeSuites } from './judge-suites.ts';

judgeSuites('others');
