/** The fields of a prompt in words, from the schema of a line. */
import { promptLineJsonSchema } from "../../promptsets/schema.ts";

interface FieldSchema {
	type?: string;
	description: string;
	examples?: string[];
}

const schema = promptLineJsonSchema() as { properties: Record<string, FieldSchema>; required: string[] };

export const FIELDS: ReadonlyMap<string, FieldSchema & { required: boolean }> = new Map(
	Object.entries(schema.properties).map(([name, field]) => [name, { ...field, required: schema.required.includes(name) }]),
);
