export declare function zipNames(file: string): string[];
export declare function differences(names: readonly string[]): string[];
