import { iniOf, valueOf, type Ini, type Option, type Section } from "../data/ini.ts";
import type { Tree } from "../tree/tree.ts";

const OF_SUPERVISOR = /^\[(?:program:|supervisord\]|eventlistener:|fcgi-program:|unix_http_server\])/m;

/** Files of supervisor: whatever has one of its sections, and its name or folder is no other program's. */
export const supervisorFilesOf = (tree: Tree): Ini[] =>
	tree.files
		.filter((file) => (file.language === "ini" || /\.(?:conf|ini)$/.test(file.path)) && file.has(OF_SUPERVISOR))
		.map(iniOf);

/** The programs of a file, with their command; `%(…)s` stays as it is. */
export const programsOf = ({ sections }: Ini): { name: string; section: Section; command: Option | undefined }[] =>
	sections
		.filter(({ name }) => /^(?:program|eventlistener|fcgi-program):/.test(name))
		.map((section) => ({
			name: section.name.replace(/^[\w-]+:/, "").trim(),
			section,
			command: valueOf(section, "command"),
		}));
