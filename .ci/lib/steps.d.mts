export interface StepResult {
  readonly passed: number;
  readonly failed: number;
  readonly output?: string;
  readonly note?: string;
}

export declare function runSteps(
  steps: readonly { readonly name: string; readonly run: () => Promise<StepResult> }[],
  write?: (text: string) => void,
): Promise<number>;
