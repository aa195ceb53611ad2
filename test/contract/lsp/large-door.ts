/** A door of the server as the shipped one is, with two differences: the border of large texts, and an end on demand. */
import * as z from 'zod';
import { largeTextPort, serveLargeTexts, serveStdio } from '../../../server/src/services/doors.ts';

/** A change to a text that begins so ends the thread. */
const END = '-- The end.';

const changeSchema = z.object({
  params: z.object({ contentChanges: z.tuple([z.object({ text: z.string().startsWith(END) })]) }),
});

const port = largeTextPort();
if (port === undefined) {
  serveStdio(new URL(import.meta.url), { largeLength: Number(process.argv[2]) });
} else {
  await serveLargeTexts(port);
  port.on('message', (message) => {
    if (changeSchema.safeParse(message).success) process.exit(3);
  });
}
