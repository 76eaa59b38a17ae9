import { fileURLToPath } from "node:url";

/** The file of a program of the rehearsal (`vast/main`): its source here, its bundle beside the chunks of a build. */
export const programFile = (name: string): string =>
	fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? `./${name}.ts` : `../rehearsal/${name}.js`, import.meta.url));
