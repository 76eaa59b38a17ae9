const HEAD = /(?:^|\n)([ \t]*)(?:function\s+[\w-]+\s*(?:\(\s*\))?|[\w-]+\s*\(\s*\))\s*\{/g;

/** The bodies of the functions of a script: what stands there runs when it is called. */
export const functionsIn = (text: string): { start: number; end: number }[] =>
	[...text.matchAll(HEAD)].map(({ index, 0: head, 1: indent }) => {
		const start = index + head.length;
		const line = text.indexOf("\n", start);
		const single = text.slice(start, line === -1 ? text.length : line);
		if (/\}\s*(?:;.*)?$/.test(single) && !single.includes("${")) return { start, end: start + single.length };
		const end = text.indexOf(`\n${indent}}`, start);
		return { start, end: end === -1 ? text.length : end };
	});
