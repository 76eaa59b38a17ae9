import type { SourceFile } from "../tree/source-file.ts";
import { kindAt } from "../tree/tokens.ts";
import type { Found } from "../triage-check.ts";
import { EVEN, TURNS, around } from "./turned.ts";
import { fits } from "./words.ts";

/** `host=cfg.port, port=cfg.host`, `{ label: image, image: label }`: whoever takes them. */
const NAMED =
	/(?<![\w$.])([A-Za-z]\w{2,})\s*([=:])\s*((?:[A-Za-z_$][\w$]*\.)*)([A-Za-z]\w{2,}),\s*\4\s*\2\s*\3\1\b(?![\w$]*[.([])/g;

/** The middle of it, which costs less to look for: `port, port=`. */
const TWICE = /,(?<=([A-Za-z]\w{2,}),)\s*\1\s*[=:]/;

/** Arguments by name that got each other's value: `host=port, port=host`. */
export const crossedNames = (file: SourceFile): Found[] =>
	(file.has(TWICE) ? file.matches(NAMED) : []).flatMap(({ 0: all, 1: a, 3: on, 4: b, index }): Found[] => {
		// A picture is turned, a letter answered.
		const sides =
			/^(?:width|height|rows?|columns?|cols?|lat(?:itude)?|l(?:on|ng)(?:gitude)?|from\w*|recipient|sender|client|server)$/i;
		const even = (sides.test(a!) && sides.test(b!)) || EVEN.test(a!) || EVEN.test(b!) || fits(a!, b!) || a === b;
		if (
			even ||
			kindAt(file, index) !== "code" ||
			TURNS.test(around({ file, at: index })) ||
			/\b(?:const|let|var)\s*\{[^}]*$/.test(file.text.slice(Math.max(0, index - 80), index))
		)
			return [];
		return [
			{
				message: `${a!} is given ${on!}${b!}, and ${b!} is given ${on!}${a!}`,
				evidence: [file.placeAt(index), file.placeAt(index + all.length)],
				fix: { say: `give each what bears its name: ${on!}${a!} to ${a!}` },
			},
		];
	});
