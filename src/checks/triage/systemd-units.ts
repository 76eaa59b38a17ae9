import { posix } from "node:path";
import { nearest } from "../../system/nearest.ts";
import { editOf } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import { refusedIn } from "../data/unit-combinations.ts";
import { iniOf, type Ini, type Option } from "../data/ini.ts";
import { enabledIn, isInstallable, ownSection, usualTarget, type Enabled } from "../data/unit-install.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

const UNIT = /\.(?:service|timer|socket|target|path|mount)$/;
/** systemd.service(5), systemd.kill(5). */
const VALUES: Readonly<Record<string, readonly string[]>> = {
	restart: "no on-success on-failure on-abnormal on-watchdog on-abort always".split(" "),
	type: "simple exec forking oneshot dbus notify notify-reload idle".split(" "),
	killmode: "control-group mixed process none".split(" "),
};
const ENABLES = /^(?:shell|yaml|markdown|text|dockerfile|powershell)$/;
const ORDER = /^(?:after|before|requires|wants|bindsto|partof|requisite|onfailure)$/;

export default {
	code: "TS361",
	scope: "static",
	severity: "error",
	question: "Does every unit of systemd name units that are there, and values that systemd knows?",
	why: "systemd ignores a value that it does not know and an order after a unit that is not there; a timer of a missing service starts nothing.",
	example: "`Unit=backups.service` in backup.timer beside backup.service. `Restart=on-failed`: write on-failure.",
	run(tree) {
		const files = tree.files.filter(({ path }) => UNIT.test(path) && standingOf(path) !== "history");
		const units = files.filter((file) => file.has(/^\[(?:Unit|Service|Timer|Install|Socket|Path|Mount)\]/m));
		const names = new Set(units.map(({ path }) => posix.basename(path)));
		const findings = [
			...units.flatMap((file) => [...inUnit(iniOf(file), [...names]), ...refused(file)]),
			...(names.size === 0 ? [] : tree.files.flatMap((file) => commanded(file, [...names]))),
			...(names.size === 0 ? [] : uninstalled(tree, units)),
		];
		return { looked: `${units.length} units of systemd`, findings };
	},
} satisfies StaticCheck;

function inUnit(ini: Ini, names: readonly string[]): Found[] {
	const options = ini.sections.flatMap((section) =>
		section.options.map((option) => ({ section: section.name, option })),
	);
	return options.flatMap(({ section, option }): Found[] => {
		if (section === "Service" && Object.hasOwn(VALUES, option.name)) return unknownValue(ini.file, option);
		if (section === "Service" && /^exec(?:start|stop|reload)/.test(option.name)) return odd(ini.file, option);
		if (section === "Timer" && option.name === "unit") return started(ini.file, option, names);
		return section === "Unit" && ORDER.test(option.name) ? ordered(ini.file, option, names) : [];
	});
}

/** Enabled by somebody, with nothing that would start it: `systemctl enable` fails, and the unit is gone after a boot. */
function uninstalled(tree: Tree, units: readonly SourceFile[]): Found[] {
	const bare = units.filter(
		(file) =>
			standingOf(file.path) === "live" &&
			!isInstallable(file) &&
			!tree.paths.some((path) => path.includes(`${posix.basename(file.path)}.d/`) || path.includes(".wants/")),
	);
	if (bare.length === 0) return [];
	const enabled = tree.files.filter(({ language }) => ENABLES.test(language)).flatMap(enabledIn);
	return bare.flatMap((file): Found[] => {
		const name = posix.basename(file.path);
		const by = enabled.filter(({ unit }) => unit === name || unit.replace(/@[^.]*\./, "@.") === name);
		const [first]: readonly (Enabled | undefined)[] = by;
		return first === undefined
			? []
			: [
					{
						message: `${first.file.path} enables ${name}, which has no [Install] section: it is not started at boot`,
						evidence: [file.place(ownSection(iniOf(file))), ...by.slice(0, 3).map((one) => one.file.place(one.line))],
						fix: { say: `write [Install] and WantedBy=${usualTarget(name)} at the end of ${file.path}` },
					},
				];
	});
}

const refused = (file: SourceFile): Found[] =>
	refusedIn(iniOf(file), file.path.endsWith(".timer")).map(({ what, say, options }) => ({
		message: `${posix.basename(file.path)} ${what}`,
		evidence: options.map(({ line }) => file.place(line)) as unknown as Found["evidence"],
		fix: { say },
	}));

function unknownValue(file: SourceFile, { name, value, line }: Option): Found[] {
	const known = VALUES[name]!;
	if (value === "" || /[%$]/.test(value) || known.includes(value.trim())) return [];
	const key = /^\s*([^=\s]+)/.exec(file.lines[line - 1]!)![1]!;
	const meant = nearest(value, known);
	return [
		{
			message: `${key}=${value} of ${posix.basename(file.path)} is no value that systemd knows: it ignores the line`,
			evidence: [file.place(line)],
			fix: {
				say: meant === undefined ? `write one of ${known.join(", ")}` : `write ${key}=${meant}`,
				...(meant === undefined ? {} : editOf(file, line, `=${value}`, `=${meant}`)),
			},
		},
	];
}

/** systemd is no shell: a pipe is an argument, and a path begins at the root. */
function odd(file: SourceFile, { value, line }: Option): Found[] {
	const command = value.replace(/^[-@+!:|]+/, "").trim();
	const [program = ""] = command.split(/\s/);
	const bare = command.replaceAll(/"[^"]*"|'[^']*'/g, "");
	const sign = /\s(&&|\|\|?|>>?|;(?=\s*\S)|&)(?=\s|$)/.exec(bare)?.[1];
	const faults: [string, string][] = [];
	if (/^\.{0,2}[\w.-]*\/./.test(program) && !program.startsWith("/") && !/[%$]/.test(program))
		faults.push([
			`starts ${program}, which is no path from the root: systemd refuses the unit`,
			"write the whole path",
		]);
	if (sign !== undefined && sign !== ";" && !/(?:^|\/)(?:ba|da|z)?sh\s/.test(command))
		faults.push([`gives \`${sign}\` to ${program} as an argument: systemd is no shell`, `write /bin/sh -c '…'`]);
	return faults.map(([what, say]) => ({
		message: `${posix.basename(file.path)} ${what}`,
		evidence: [file.place(line)],
		fix: { say },
	}));
}

/** A unit of this name, or the template that it is made from. */
const isThere = (name: string, names: readonly string[]): boolean =>
	names.includes(name) || names.includes(name.replace(/@[^.]*\./, "@."));

function started(file: SourceFile, { value, line }: Option, names: readonly string[]): Found[] {
	const own = posix.basename(file.path).replace(/\.timer$/, ".service");
	if (/[%$]/.test(value) || isThere(value, names)) return [];
	const meant = names.includes(own) ? own : nearest(value, names, 2);
	if (meant === undefined) return [];
	return [
		{
			message: `${posix.basename(file.path)} starts ${value}, and no unit has that name`,
			evidence: [file.place(line)],
			fix: { say: `write Unit=${meant}`, ...editOf(file, line, value, meant) },
		},
	];
}

/** Units of the same family: what begins as two of the tree do is one of its own. */
function ordered(file: SourceFile, { value, line }: Option, names: readonly string[]): Found[] {
	const family = /^[a-z0-9]{3,}-/.exec(posix.basename(file.path))?.[0];
	return value.split(/\s+/).flatMap((name): Found[] => {
		if (!UNIT.test(name) || /[%$@]/.test(name) || isThere(name, names)) return [];
		const meant = nearest(name, names, 2);
		const own = family !== undefined && family !== "systemd-" && name.startsWith(family);
		if (meant === undefined && !(own && names.filter((one) => one.startsWith(family)).length > 1)) return [];
		return [
			{
				message: `${posix.basename(file.path)} is ordered by ${name}, and no unit has that name`,
				evidence: [file.place(line)],
				fix: {
					say: meant === undefined ? `name a unit that is there: ${names.slice(0, 6).join(", ")}` : `write ${meant}`,
					...(meant === undefined ? {} : editOf(file, line, name, meant)),
				},
			},
		];
	});
}

const COMMAND =
	/\bsystemctl\s+(?:--[\w=-]+\s+)*(?:re)?(?:start|stop|enable|disable|reload|status|is-active|is-enabled|kill)\s+(?:-[\w=-]+\s+)*([a-z][\w@.-]+[a-z0-9])/g;

/** `systemctl restart gates` of a script or a document, beside gate.service. */
function commanded(file: SourceFile, names: readonly string[]): Found[] {
	if (!file.includes("systemctl") || !/^(?:shell|yaml|markdown|text|ini)$/.test(file.language)) return [];
	if (standingOf(file.path) === "history") return [];
	return file.matches(COMMAND).flatMap(({ 0: all, 1: name, index }): Found[] => {
		const whole = UNIT.test(name!) ? name! : `${name!}.service`;
		const meant = isThere(whole, names) || name!.length < 5 ? undefined : nearest(whole, names, 2);
		if (meant === undefined || isComment(file, index)) return [];
		const line = file.lineAt(index + all.length - 1);
		return [
			{
				message: `${file.path} names the unit ${name!}, and no unit has that name`,
				evidence: [file.place(line)],
				fix: {
					say: `write ${meant.replace(/\.service$/, "")}`,
					...editOf(file, line, name!, meant.replace(UNIT.test(name!) ? /$^/ : /\.service$/, "")),
				},
			},
		];
	});
}
