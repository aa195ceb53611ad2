export type Editor =
  | { readonly kind: 'desktop'; readonly executable: string; readonly summary: string }
  | {
      readonly kind: 'browser';
      readonly node: string;
      readonly entry: string;
      readonly chromium: string;
      readonly summary: string;
    };

export declare const BROWSER_HELP: string;
export declare function findChromium(): string | undefined;
export declare function chooseEditor(): Promise<Editor>;
export declare function codeServerArguments(options: {
  entry: string;
  port: number;
  userData: string;
  extensions: string;
}): string[];
