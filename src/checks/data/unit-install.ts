import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import { iniOf, type Ini } from "./ini.ts";

/** A unit that somebody enables. */
export interface Enabled {
	/** With its ending: `gate.service`, `clean.timer`. */
	unit: string;
	file: SourceFile;
	/** Counted from 1. */
	line: number;
}

/** `systemctl enable --now a.timer b`, also as a list: `[systemctl, enable, a.timer]`. */
const ENABLE =
	/\bsystemctl["']?[ \t,]+(?:["']?--?[\w=-]+["']?[ \t,]+)*["']?(?:re)?enable["']?((?:[ \t,]+(?:\\\r?\n[ \t]*)?["']?[\w@.:=-]+["']?)+)/g;
/** Ansible's modules systemd and service. */
const TASK = /^([ \t]*)name:[ \t]*["']?([\w@.-]+)["']?[ \t]*\n(?:\1\w+:[^\n]*\n)*?\1enabled:[ \t]*(?:true|yes)\b/gm;
const UNIT = /\.(?:service|timer|socket|target|path|mount)$/;

/** What a script, a recipe, an image, a document or a playbook enables. */
export function enabledIn(file: SourceFile): Enabled[] {
	if (standingOf(file.path) === "history") return [];
	const of = (name: string, at: number): Enabled => ({
		unit: UNIT.test(name) ? name : `${name}.service`,
		file,
		line: file.lineAt(at),
	});
	const typed = file.includes("systemctl")
		? file
				.matches(ENABLE)
				.flatMap(({ 1: words, index }) =>
					isComment(file, index)
						? []
						: [...words!.matchAll(/[\w@.:=-]+/g)].flatMap(([word]) => (word.startsWith("-") ? [] : [of(word, index)])),
				)
		: [];
	const tasks = file.language === "yaml" && file.includes("enabled:") ? file.matches(TASK) : [];
	return [...typed, ...tasks.map(({ 0: all, 2: name, index }) => of(name!, index + all.indexOf(name!)))];
}

const INSTALLS = /^(?:wantedby|requiredby|upheldby|alias|also)$/;

/** Whether `systemctl enable` has something to link for a unit (systemd.unit(5), "[Install] section options"). */
export const isInstallable = (file: SourceFile): boolean =>
	iniOf(file).sections.some(
		({ name, options }) =>
			name === "Install" && options.some((option) => INSTALLS.test(option.name) && option.value !== ""),
	);

/** The target that a unit of a kind is usually wanted by. */
export const usualTarget = (path: string): string =>
	/\.(?:timer|socket|path)$/.exec(path)?.[0].replace(/^\.(\w+)$/, "$1s.target") ?? "multi-user.target";

/** The section of what the unit does, or its first one. */
export const ownSection = ({ sections }: Ini): number =>
	(sections.find(({ name }) => !/^(?:Unit|Install)$/.test(name)) ?? sections[0])?.line ?? 1;
