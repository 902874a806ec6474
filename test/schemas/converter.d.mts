import type { GenericSchema } from 'valibot';

export interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
}
export declare const jsonSchemaOf: (schema: GenericSchema) => JsonSchema;
