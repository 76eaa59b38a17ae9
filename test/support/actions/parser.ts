import { registerHooks } from "node:module";

// The package imports its schema without the attribute that Node asks for.
registerHooks({
	resolve(specifier, context, next) {
		const found = next(specifier, context);
		const isSchema = found.url.endsWith(".json") && (context.parentURL ?? "").includes("/@actions/");
		return isSchema ? { ...found, importAttributes: { ...found.importAttributes, type: "json" } } : found;
	},
});

/** GitHub's own reader of workflow files. */
export const parser = await import("@actions/workflow-parser");
