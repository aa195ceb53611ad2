/** The part of `proper-lockfile` that this room uses; the package has no types of its own. */
declare module 'proper-lockfile' {
  type Done<T> = (error: unknown, result?: T) => void;
  /** What a lock is made with. */
  interface LockFileSystem {
    mkdir(path: string, done: Done<void>): void;
    stat(path: string, done: Done<{ readonly mtime: Date }>): void;
    utimes(path: string, accessed: Date, modified: Date, done: Done<void>): void;
    rmdir(path: string, done: Done<void>): void;
    /** At the process's end. */
    rmdirSync(path: string): void;
  }
  interface LockOptions {
    /** Milliseconds after which a lock that nobody refreshes is taken over. */
    stale?: number;
    /** Milliseconds between refreshes. */
    update?: number;
    realpath?: boolean;
    lockfilePath?: string;
    onCompromised?: (error: Error) => void;
    fs?: LockFileSystem;
  }
  export function lock(file: string, options?: LockOptions): Promise<() => Promise<void>>;
}
