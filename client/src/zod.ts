/** Imported before any schema is made: no code from strings, and no probing for it, in the extension host. */
import * as z from 'zod';

z.config({ jitless: true });
