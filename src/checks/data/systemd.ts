import type { Tree } from "../tree/tree.ts";
import { iniOf, type Ini } from "./ini.ts";

/** Units of systemd. */
export const unitsOf = (tree: Tree): Ini[] =>
	tree.files.filter(({ path, text }) => path.endsWith(".service") && /^\[Service\]/m.test(text)).map(iniOf);
