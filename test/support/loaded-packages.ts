// For `node --import`: at the end of the process the names of all packages that it loaded stand in $LOADED_PACKAGES.
import { writeFileSync } from "node:fs";
import { registerHooks } from "node:module";

const loaded = new Set<string>();

registerHooks({
	load(url, context, next) {
		const name = /^file:.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
		if (name !== undefined) loaded.add(name);
		return next(url, context);
	},
});

process.once("exit", () => writeFileSync(process.env["LOADED_PACKAGES"]!, [...loaded].toSorted().join("\n")));
