/** The part of `proper-lockfile` that this room uses; the package has no types of its own. */
declare module 'proper-lockfile' {
  interface LockOptions {
    /** Milliseconds after which a lock that nobody refreshes is taken over. */
    stale?: number;
    /** Milliseconds between refreshes. */
    update?: number;
    realpath?: boolean;
    lockfilePath?: string;
    onCompromised?: (error: Error) => void;
  }
  export function lock(file: string, options?: LockOptions): Promise<() => Promise<void>>;
}
