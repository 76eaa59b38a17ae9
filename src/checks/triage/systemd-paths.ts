import { posix } from "node:path";
import { unitsOf } from "../data/systemd.ts";
import { placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS245",
	scope: "static",
	severity: "error",
	question: "Are the program, the settings and the user of a systemd unit where the tree's scripts put them?",
	why: "systemd says `203/EXEC` or `Failed to load environment files`, restarts a few times, and gives up.",
	example: "`ExecStart=/usr/local/bin/gate` and install.sh copies it to /opt/gate/bin/gate: write that path.",
	run(tree) {
		const units = unitsOf(tree)
			.map(({ file }) => file)
			.filter(({ path }) => standingOf(path) === "live" && !isAside(path));
		const put = units.length === 0 ? [] : putsOf(tree);
		return { looked: `${units.length} units`, findings: units.flatMap((unit) => inUnit(tree, unit, put)) };
	},
} satisfies StaticCheck;

/** A file that a script puts to an absolute path. */
interface Put {
	path: string;
	place: FilePlace;
}

const scripts = (tree: Tree): SourceFile[] =>
	tree.files.filter(
		({ path, language, text }) =>
			(language === "shell" || language === "yaml" || /(?:^|\/)(?:Makefile|justfile)$|\.mk$/.test(path)) &&
			text.length < 400_000 &&
			standingOf(path) === "live" &&
			!isAside(path),
	);

/** `install -m 0755 dist/gate /opt/gate/bin/gate`, `cp`, `mv`, `ln -s`, `tee`, `>`, `curl -o`. */
const PUT =
	/(?:^|[\s;&|])(?:(?:install|cp|mv|ln|rsync)[ \t]+((?:[^\n;&|\\]|\\\n)+)|(?:tee(?:[ \t]+-a)?|>{1,2}|-[oO])[ \t]*["']?(\/[\w./@-]+))/gm;

const putsOf = (tree: Tree): Put[] =>
	scripts(tree).flatMap((file) =>
		file.matches(PUT).flatMap(({ 0: all, 1: words, 2: direct, index }): Put[] => {
			const place = placeIn(file, file.lineAt(index + all.search(/\S/)));
			if (direct !== undefined) return [{ path: direct, place }];
			const parts = words!
				.trim()
				.split(/\s+/)
				.filter((word) => !word.startsWith("-"))
				.map((word) => word.replaceAll(/["']/g, ""));
			const to = parts.at(-1) ?? "";
			if (!/^\/[\w./@-]+$/.test(to) || (/(?:^|\s)-[a-zA-Z]*d[a-zA-Z]*(?=\s)/.test(words!) && /\binstall\b/.test(all)))
				return [];
			const base = posix.basename(parts.at(-2) ?? "");
			return to.endsWith("/")
				? [{ path: to + base, place }]
				: [
						{ path: to, place },
						{ path: `${to}/${base}`, place },
					];
		}),
	);

const SYSTEM = /^\/(?:usr\/)?s?bin\/[\w.-]+$/;

function inUnit(tree: Tree, unit: SourceFile, put: readonly Put[]): Found[] {
	const known = (path: string) =>
		put.some((one) => one.path === path || path.startsWith(`${one.path}/`)) ||
		scripts(tree).some(({ text }) => text.includes(path));
	return unit.lines.flatMap((text, index): Found[] => {
		const place = placeIn(unit, index + 1);
		const program = /^Exec(?:Start|StartPre|StartPost|Stop|Reload)=[-@:+!]*(\/[\w./-]+)/.exec(text)?.[1];
		if (program !== undefined && !(SYSTEM.test(program) && known(program)))
			return known(program)
				? []
				: elsewhere(
						unit,
						place,
						program,
						put.filter(({ path }) => posix.basename(path) === posix.basename(program) && /bin|opt|srv/.test(path)),
						"starts",
					);
		const settings = /^EnvironmentFile=(\/[\w./-]+)/.exec(text)?.[1];
		if (settings !== undefined && !known(settings))
			return elsewhere(
				unit,
				place,
				settings,
				put.filter(
					({ path }) =>
						posix.dirname(path) === posix.dirname(settings) && /env|default|conf/i.test(posix.basename(path)),
				),
				"reads",
			);
		const user = /^User=([a-z][\w-]*)\s*$/.exec(text)?.[1];
		return user === undefined ? [] : nobody(tree, unit, place, user);
	});
}

function elsewhere(unit: SourceFile, place: FilePlace, path: string, put: readonly Put[], verb: string): Found[] {
	const [one] = put;
	if (one === undefined) return [];
	return [
		{
			message: `${unit.path} ${verb} ${path}, and ${one.place.path} puts it to ${one.path}`,
			evidence: [place, one.place],
			fix: { say: `write ${one.path} for ${path}` },
		},
	];
}

/** An account that is called as the unit, where a script installs the unit and none makes the account. */
function nobody(tree: Tree, unit: SourceFile, place: FilePlace, user: string): Found[] {
	const name = posix.basename(unit.path);
	if (name !== `${user}.service` || /^DynamicUser=(?:yes|true|1)/m.test(unit.text)) return [];
	const installer = scripts(tree).find(({ text }) => text.includes(name) && /\b(?:install|cp)\b/.test(text));
	const made = tree.files.some(
		(file) =>
			file.path !== unit.path &&
			file.has(/useradd|adduser|sysusers|(?:^|\s)user:|getent passwd|chown/) &&
			file.text.includes(user),
	);
	if (installer === undefined || made) return [];
	const line = installer.lines.findIndex((text) => text.includes(name)) + 1;
	return [
		{
			message: `${unit.path} runs as ${user}, and no script of the tree makes that user`,
			evidence: [place, placeIn(installer, line)],
			fix: { say: `add \`useradd --system --no-create-home ${user}\` to ${installer.path}, or write DynamicUser=yes` },
			severity: "warning",
		},
	];
}
