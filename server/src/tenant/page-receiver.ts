/** The body of a page as it comes, scanned for records; a page counts only when its last byte has proved it whole. */
import type { Profile } from '../protocol/profile.ts';
import { emptyByClose, type Misread, notJson, unexpectedAnswer } from './answers.ts';
import { failure, success, type TenantError } from './errors.ts';
import type { Meter } from './meter.ts';
import { tooLarge } from './network-errors.ts';
import { createPageSink, type PageSink, SpoolError } from './page-records.ts';
import type { Page } from './pages.ts';
import type { Receiver } from './receiver.ts';
import { createRecordScanner, type RecordScanner, ScanError } from './records.ts';
import { isFramed } from './transport.ts';

/** So much of a body is looked at before it is refused, so that the message can say how it begins. */
const HEAD_BYTES = 512;

interface Reading {
  readonly status: number;
  readonly framed: boolean;
  /** Nothing but white space so far. */
  blank: boolean;
  readonly scanner: RecordScanner;
  readonly sink: PageSink;
  readonly head: Uint8Array[];
  length: number;
  refusal: ScanError | undefined;
}

export interface PageReceiverOptions {
  readonly profile: Profile;
  readonly meter: Meter;
  /** Where the page is asked for. */
  readonly url: URL;
  /** Ceiling of the unpacked body. */
  readonly maxBytes: number;
  /** Where a page is held that is too large for memory; default: the system's folder for such files. */
  readonly folder?: string;
}

export function createPageReceiver(options: PageReceiverOptions): Receiver<Page> {
  const { profile, meter, url, maxBytes } = options;
  const { response } = profile;
  const held = options.folder === undefined ? { response } : { response, folder: options.folder };
  let reading: Reading | undefined;

  const discard = async (): Promise<void> => {
    const { sink } = reading ?? {};
    reading = undefined;
    await sink?.discard();
  };

  const explain = ({ status, head }: Reading, error: ScanError): TenantError => {
    if (error.code === 'too-large') return tooLarge(url, maxBytes);
    const text = new TextDecoder().decode(Buffer.concat(head));
    const misread: Misread = { host: url.host, status, head: text };
    return error.code === 'unexpected-answer' ? unexpectedAnswer(misread, error.message) : notJson(misread);
  };

  /** What scanner and sink throw, as the error that it stands for. */
  const guarded = async <T>(now: Reading, work: () => Promise<T>): Promise<T | TenantError> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof SpoolError) return error.error;
      if (error instanceof ScanError) return explain(now, error);
      throw error;
    }
  };

  return {
    async begin(answer) {
      await discard();
      reading = {
        status: answer.status,
        framed: isFramed(answer),
        blank: true,
        scanner: createRecordScanner({ response, form: 'page', limits: { decodedBytes: maxBytes } }),
        sink: createPageSink(held),
        head: [],
        length: 0,
        refusal: undefined,
      };
    },
    async write(bytes) {
      const now = reading;
      if (now === undefined) return undefined;
      if (now.length < HEAD_BYTES) now.head.push(bytes.slice(0, HEAD_BYTES));
      now.length += bytes.length;
      now.blank &&= bytes.every((byte) => byte <= 0x20);
      return guarded(now, async () => {
        try {
          if (now.refusal === undefined) {
            const records = now.scanner.push(bytes);
            if (records.length > 0) await now.sink.add(records);
          }
        } catch (error) {
          if (!(error instanceof ScanError)) throw error;
          now.refusal = error;
        }
        if (now.refusal !== undefined && now.length >= HEAD_BYTES) throw now.refusal;
        return undefined;
      });
    },
    async end() {
      const now = reading;
      if (now === undefined) return failure(emptyByClose(url.host));
      const made = await guarded(now, async (): Promise<Page | TenantError> => {
        if (now.refusal !== undefined) throw now.refusal;
        if (now.blank && !now.framed) return emptyByClose(url.host);
        const { total, token, damaged } = now.scanner.end();
        const records = await now.sink.finish();
        reading = undefined;
        if (damaged) meter.damaged();
        return { records, total, token };
      });
      if ('code' in made) {
        await discard();
        return failure(made);
      }
      return success(made);
    },
    discard,
  };
}
