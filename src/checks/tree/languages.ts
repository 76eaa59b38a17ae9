/** What a file is written in, as far as checks tell it apart. */
export type Language =
	| "batch"
	| "dockerfile"
	| "env"
	| "ini"
	| "javascript"
	| "json"
	| "markdown"
	| "nginx"
	| "powershell"
	| "python"
	| "requirements"
	| "shell"
	| "text"
	| "toml"
	| "yaml";

/** `Dockerfile`, `Dockerfile.gpu`, `gpu.dockerfile`; not `dockerfile.test.ts`, `Dockerfile.md` or a template. */
const NAMED_DOCKERFILE =
	/(?:^|\/)(?:Docker|Container)file(?:\.(?!(?:[^/]*\.)?(?:[cm]?[jt]sx?|py|go|rb|rs|java|sh|ps1|md|rst|txt|html|json|ya?ml|j2|tmpl|tpl|erb)$)[^/]*)?$|\.dockerfile$/i;
const BY_NAME: readonly (readonly [RegExp, Language])[] = [
	[NAMED_DOCKERFILE, "dockerfile"],
	[
		/(?:^|\/)\.env(?:\.[^/]*)?$|(?:^|\/)env\.(?:example|sample|dist)$|\.env(?:\.(?:example|sample|template|dist|defaults?|local))?$/,
		"env",
	],
	[/(?:^|\/)(?:requirements|constraints)[^/]*\.(?:txt|in)$/, "requirements"],
	[/(?:^|\/)supervisord?[^/]*\.conf$|\.(?:ini|cfg|service|timer)$/, "ini"],
	[/(?:^|\/)nginx[^/]*\.conf$|\/nginx\/[^/]+\.conf$/, "nginx"],
	[/\.(?:ya?ml)$/, "yaml"],
	[/\.(?:json|jsonc|webmanifest)$/, "json"],
	[/\.toml$/, "toml"],
	[/\.(?:md|markdown)$/i, "markdown"],
	[/\.(?:sh|bash|zsh|ksh)$/, "shell"],
	[/\.(?:ps1|psm1|psd1)$/i, "powershell"],
	[/\.(?:cmd|bat)$/i, "batch"],
	[/\.pyi?$/, "python"],
	[/\.[cm]?[jt]sx?$/, "javascript"],
];
const BY_FIRST_LINE: readonly (readonly [RegExp, Language])[] = [
	[/^#!.*\b(?:ba|da|z|k)?sh\b/, "shell"],
	[/^#!.*\bpython[\d.]*\b/, "python"],
	[/^#!.*\b(?:node|deno|bun)\b/, "javascript"],
	[/^#!.*\bpwsh\b/, "powershell"],
];
/** `.conf` says nothing; what stands in it does. */
const BY_TEXT: readonly (readonly [RegExp, Language])[] = [
	[/^\[(?:program:|supervisord|unix_http_server|Unit|Service)/m, "ini"],
	[/^[ \t]*(?:server|http|upstream|location|events)\b[^\n;]*\{/m, "nginx"],
];

/** By name, then first line, then (for `.conf`) content. */
export function languageOf(path: string, text: string): Language {
	const named = BY_NAME.find(([pattern]) => pattern.test(path))?.[1];
	if (named !== undefined) return named;
	const [first = ""] = text.slice(0, 200).split("\n", 1);
	const told = BY_FIRST_LINE.find(([pattern]) => pattern.test(first))?.[1];
	if (told !== undefined) return told;
	return (path.endsWith(".conf") ? BY_TEXT.find(([pattern]) => pattern.test(text))?.[1] : undefined) ?? "text";
}
