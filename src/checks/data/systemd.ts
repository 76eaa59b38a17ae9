import type { Tree } from "../tree/tree.ts";
import { iniOf, type Ini } from "./ini.ts";

/** Units of systemd. */
export const unitsOf = (tree: Tree): Ini[] =>
	tree.files.filter((file) => file.path.endsWith(".service") && file.has(/^\[Service\]/m)).map(iniOf);
