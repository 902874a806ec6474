// Valibot's schemas as JSON schemas. In JavaScript, so that the types of everything else do not depend on this package.
import { toJsonSchema } from '@valibot/to-json-schema';

/** JSON has no infinity, and what only a function checks has no word there. */
const WITHOUT = ['finite', 'check', 'transform'];

export const jsonSchemaOf = (schema) => toJsonSchema(schema, { typeMode: 'input', ignoreActions: WITHOUT });
