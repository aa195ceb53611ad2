/** The language server over stdin and stdout: a thin door, which its own thread for large texts comes in by, too. */
import { largeTextPort, serveLargeTexts, serveStdio } from './services/doors.ts';

const port = largeTextPort();
if (port === undefined) serveStdio(new URL(import.meta.url));
else await serveLargeTexts(port);
