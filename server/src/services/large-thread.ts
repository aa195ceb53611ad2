/** The thread that answers for large texts, and how messages get into it and out of it. */
import { type MessagePort, Worker } from 'node:worker_threads';
import {
  AbstractMessageWriter,
  Message,
  type MessageWriter,
  type RequestMessage,
} from 'vscode-languageserver/node';
import { bytesOf } from './messages.ts';

/** What a thread is started with, by which its door knows what it is. */
export const LARGE_TEXTS = 'cxq large texts';

/** What comes out of the thread: an answer in the bytes that the editor gets, anything else as it is. */
export type FromThread =
  | { readonly id: RequestMessage['id']; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly message: Message };

export interface Thread {
  readonly post: (message: Message) => void;
  /** Ends it; nothing comes out of it any more, not even that it has ended. */
  readonly stop: () => void;
}

interface Heard {
  readonly received: (from: FromThread) => void;
  /** It has ended by itself. */
  readonly ended: (why: string) => void;
}

export type StartThread = (heard: Heard) => Thread;

/** Starts the module of a server's door as a thread. */
export function threadOf(door: URL): StartThread {
  return ({ received, ended }) => {
    // What it prints must not get between the messages of this process.
    const worker = new Worker(door, { workerData: LARGE_TEXTS, name: LARGE_TEXTS, stdout: true });
    worker.stdout.resume();
    worker.unref();
    let why: string | undefined;
    worker.on('message', received);
    worker.on('error', (error) => {
      why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    });
    worker.on('exit', (code) => ended(why ?? `exit code ${code}`));
    return {
      post: (message) => worker.postMessage(message),
      stop: () => {
        worker.removeAllListeners();
        // What is left of it to say is of no interest.
        worker.on('error', () => undefined);
        void worker.terminate();
      },
    };
  };
}

/** Writes answers in the thread, where it keeps nobody waiting: the other one only hands the bytes on. */
export class ThreadWriter extends AbstractMessageWriter implements MessageWriter {
  readonly #port: MessagePort;

  constructor(port: MessagePort) {
    super();
    this.#port = port;
  }

  async write(message: Message): Promise<void> {
    if (!Message.isResponse(message)) {
      this.#post({ message });
      return;
    }
    // Bytes of its own: they go over without a copy, and with them the memory that they are in.
    const bytes = new Uint8Array(await bytesOf(message));
    this.#post({ id: message.id, bytes }, [bytes.buffer]);
  }

  end(): void {
    this.#port.close();
  }

  #post(from: FromThread, transferred: readonly ArrayBuffer[] = []): void {
    this.#port.postMessage(from, transferred);
  }
}
