/** A webhook receiver, so that NOTIFY can be shown with no account: it keeps what it got and lists it. */
import type { IncomingHttpHeaders } from 'node:http';

const KEPT = 100;
const SHOWN_HEADERS = [
  'content-type',
  'user-agent',
  'webhook-id',
  'webhook-timestamp',
  'webhook-signature',
] as const;

/** One delivery as it came. */
export interface ReceivedHook {
  readonly receivedAt: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body as JSON, or its text where it is none. */
  readonly body: unknown;
}

export interface HookReceiver {
  /** The newest last, at most a hundred. */
  readonly received: readonly ReceivedHook[];
  receive(headers: IncomingHttpHeaders, body: string): void;
  clear(): void;
}

export function createHookReceiver(): HookReceiver {
  const received: ReceivedHook[] = [];
  return {
    received,
    receive: (headers, text) => {
      const shown: Record<string, string> = {};
      for (const name of SHOWN_HEADERS) {
        const value = headers[name];
        if (value !== undefined) shown[name] = String(value);
      }
      let body: unknown = text;
      try {
        body = JSON.parse(text);
      } catch {
        // Kept as the text that it is.
      }
      received.push({ receivedAt: new Date().toISOString(), headers: shown, body });
      if (received.length > KEPT) received.shift();
    },
    clear: () => {
      received.length = 0;
    },
  };
}
