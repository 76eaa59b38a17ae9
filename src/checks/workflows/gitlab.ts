import { argumentsOf } from "./script.ts";
import { parseShell } from "../shell/lexer.ts";
import type { FilePlace } from "../triage-check.ts";
import type { Parsed } from "./model.ts";
import { textsBelow } from "./expressions.ts";

/** A file that a pipeline of GitLab names. */
interface Named {
	path: string;
	as: string;
	place: FilePlace;
}

const SCRIPTS = new Set(["script", "before_script", "after_script"]);

/** Local includes, and the scripts that the jobs call from the root of the checkout. */
export function namedByGitlab({ root, kind }: Parsed): Named[] {
	if (kind !== "gitlab") return [];
	const includes = root.get("include");
	const local = [...(includes?.list ?? []), ...(includes === undefined ? [] : [includes])].flatMap(
		(one) => one.get("local") ?? (one.text === undefined ? [] : one),
	);
	const included = local
		.filter(({ text }) => text !== undefined && !/[*$]|:\/\//.test(text))
		.map((part) => ({ path: part.text!.replace(/^\//, ""), as: "the include", place: part.place }));
	const moved = [...textsBelow(root)].some(
		([key, { text }]) => SCRIPTS.has(key) && /(?:^|[\s;&])(?:cd|pushd|git clone|curl|wget)\s/.test(text!),
	);
	const called = [...textsBelow(root)].flatMap(([key, part]): Named[] => {
		if (!SCRIPTS.has(key) || moved) return [];
		return parseShell(part.text!).commands.flatMap((command) => {
			const words = argumentsOf(command);
			const first = words.findIndex(({ text }) => !/^(?:bash|sh|python[\d.]*|-\w+)$/.test(text));
			const target = words[first];
			if (
				target === undefined ||
				target.dynamic ||
				first > 2 ||
				!/^(?:\.\/)?[\w-]+(?:[\w./-]*)\.(?:sh|py)$/.test(target.text)
			)
				return [];
			return [{ path: target.text.replace(/^\.\//, ""), as: "the script", place: part.placeIn(target.start) }];
		});
	});
	return [...included, ...called];
}
