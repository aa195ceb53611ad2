export declare function missingFromLock(
  packages: Readonly<
    Record<string, { optionalDependencies?: Record<string, string> | undefined; dev?: boolean | undefined }>
  >,
): { name: string; version: string }[];
