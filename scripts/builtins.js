import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withoutImports } from "../images/builtins.js";

/** A plugin of esbuild: what it prints imports none of Node's own modules. */
export const builtins = {
	name: "builtins",
	setup({ initialOptions: { absWorkingDir }, onEnd }) {
		onEnd(({ metafile }) => {
			for (const path of Object.keys(metafile?.outputs ?? {}).filter((one) => one.endsWith(".js"))) {
				const file = join(absWorkingDir, path);
				writeFileSync(file, withoutImports(readFileSync(file, "utf8")));
			}
		});
	},
};
