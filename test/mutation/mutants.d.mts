export const MUTANTS: readonly {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly put: string;
  readonly test: string;
  readonly fails: string;
}[];
