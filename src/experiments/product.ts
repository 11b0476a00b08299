/** What stands in run files as their maker. */
import packageJson from "../../package.json" with { type: "json" };

export const PRODUCT = { name: packageJson.name, version: packageJson.version };
