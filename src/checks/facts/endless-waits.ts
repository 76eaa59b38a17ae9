import { posix } from "node:path";
import { shellTexts, type ShellText } from "../shell/everywhere.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace } from "../place.ts";
import { standingOf } from "./standing.ts";

/** A loop of a script that waits for something outside of it, and that nothing bounds. */
export interface EndlessWait {
	/** As it is written: `until ping …`. */
	loop: string;
	place: FilePlace;
	/** The function that tries a given number of times, and where it is made. */
	helper?: { name: string; place: FilePlace };
}

const LOOP = /(?<![\w-])(until[ \t]+|while[ \t]+![ \t]+)([^\n]*?)(?:;|\n)\s*do\b([^]*?)\bdone\b/g;
/** What asks for something that others bring. */
const ASKS =
	/^(?:sudo[ \t]+)?(?:curl|wget|ping|nc|ncat|pg_isready|psql|mysqladmin|redis-cli|mongosh|docker|podman|kubectl|ssh|nslookup|dig|getent|host|systemctl|nvidia-smi|temporal|tctl|mc|aws|gcloud|az|grpcurl|supervisorctl|rabbitmqctl|\[\[?[ \t]+-[efSd]|test[ \t]+-[efSd])(?![\w-])/;
export const BOUND =
	/\(\(|-(?:ge|gt|lt|le|eq|ne)\b|SECONDS|\bbreak\b|\bexit\b|\breturn\b|\bdie\b|timeout|date \+%s|\+\+/;
/** Scripts that set something up once, and that somebody waits for. */
const SETS_UP =
	/(?:^|[/_-])(?:bootstrap|provision|set-?up|install|deploy|rollout|release|user-?data|cloud-init|on-?start)(?=[./_-])/i;
/** `retry() { local attempts="$1" … for ((n = 1; n <= attempts; n++))` */
const HELPER =
	/^(?:function[ \t]+)?(retry\w*|wait_\w+|try_\w+|with_retr\w+|poll_\w+)[ \t]*(?:\(\))?[ \t]*\{\n([^]*?)\n\}/gm;

const POWERSHELL =
	/\bwhile[ \t]*\([ \t]*(?:!|-not)[ \t]*\(?[ \t]*(?:Test-(?:Connection|NetConnection|Path)|Invoke-(?:WebRequest|RestMethod))\b[^\n]*\{([^{}]*)\}/gi;
const POWERSHELL_BOUND =
	/-(?:ge|gt|lt|le|eq)\b|\bbreak\b|\bexit\b|\breturn\b|\bthrow\b|deadline|timeout|stopwatch|\+\+|\+=/i;

/** In scripts that set up, and in those beside a helper that would bound them; what `timeout` starts is bounded. */
export function endlessWaits(tree: Tree): EndlessWait[] {
	const scripts = shellTexts(tree).filter(({ kind, text }) => kind === "script" && /\bsleep\b/.test(text));
	const shells = scripts.flatMap((script) => {
		const found = standingOf(script.file.path) === "live" ? loopsIn(script) : [];
		if (found.length === 0 || isTimed(tree, script.file)) return [];
		const helper = helperFor(tree, script.file);
		return SETS_UP.test(posix.basename(script.file.path)) || helper !== undefined
			? found.map((one) => ({ ...one, ...(helper === undefined ? {} : { helper }) }))
			: [];
	});
	return [...shells, ...tree.in("powershell").flatMap(inPowerShell)];
}

const loopsIn = ({ text, place, file }: ShellText): EndlessWait[] =>
	[...text.matchAll(LOOP)].flatMap(({ index, 1: keyword, 2: condition, 3: body }) => {
		const line = text.slice(text.lastIndexOf("\n", index) + 1, index);
		const waits = /\bsleep\b/.test(body!) && ASKS.test(condition!.trim());
		return !waits || BOUND.test(condition!) || BOUND.test(body!) || /\btimeout\s|#/.test(line) || isComment(file, index)
			? []
			: [{ loop: `${keyword!.trim()} ${condition!.trim().slice(0, 60)}`, place: place(index) }];
	});

/** `timeout 300 ./wait.sh` anywhere. */
function isTimed(tree: Tree, { path }: SourceFile): boolean {
	const name = posix.basename(path);
	const timed = new RegExp(`\\btimeout\\b[^\\n]*${RegExp.escape(name)}`);
	return tree.files.some((file) => file.text.includes(name) && timed.test(file.text));
}

/** Of the script itself or of one beside it that it takes in: a function that counts its tries. */
function helperFor(tree: Tree, file: SourceFile): EndlessWait["helper"] {
	const folder = posix.dirname(file.path);
	const sourced = [...file.text.matchAll(/^[ \t]*(?:source|\.)[ \t]+["']?(?:[^\s"']*\/)?([\w.-]+\.(?:sh|bash))\b/gm)]
		.flatMap(([, name]) => tree.file(posix.join(folder, name!)) ?? [])
		.concat(file);
	for (const one of sourced)
		for (const { 1: name, 2: body, index } of one.matches(HELPER))
			if (
				/\bfor[ \t]+(?:\(\(|\w+[ \t]+in[ \t]+[$"'{`]*(?:\(|\w*seq|\d))|-(?:ge|gt|lt|le)\b/.test(body!) &&
				/"\$@"|\$\*/.test(body!)
			)
				return { name: name!, place: one.placeAt(index) };
	return undefined;
}

function inPowerShell(file: SourceFile): EndlessWait[] {
	if (isAside(file.path) || standingOf(file.path) !== "live" || !SETS_UP.test(posix.basename(file.path))) return [];
	return file
		.matches(POWERSHELL)
		.flatMap(({ 0: all, 1: body, index }) =>
			/Start-Sleep|\bsleep\b/i.test(body!) && !POWERSHELL_BOUND.test(all) && !isComment(file, index)
				? [{ loop: all.split(/\s*\{/)[0]!.trim().slice(0, 70), place: file.placeAt(index) }]
				: [],
		);
}
