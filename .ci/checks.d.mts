export declare function ownFiles(): string[];
export declare function longFiles(files?: string[]): string[];
